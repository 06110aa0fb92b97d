//! The page in a real browser: headless Chromium, where there is one.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::smoke::{QUESTIONS, smoke};

/// What a browser says of the page at each width.
const PROBE: &str = r##"<!doctype html><meta charset="utf-8"><body><script>
const probe = async () => {
  const seen = {};
  for (const width of [390, 1280, 1920]) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `width:${width}px;height:900px;border:0`;
    frame.src = "out/index.html";
    const loaded = new Promise(done => frame.onload = done);
    document.body.append(frame);
    await loaded;
    const page = frame.contentDocument, root = page.documentElement;
    const style = element => frame.contentWindow.getComputedStyle(element);
    const scrolls = element => {
      for (let e = element; e && e !== page.body; e = e.parentElement)
        if (["auto", "scroll", "hidden"].includes(style(e).overflowX)) return true;
      return false;
    };
    const wide = [...page.querySelectorAll("body *")].filter(element =>
      !(element.namespaceURI || "").endsWith("svg") &&
      element.getBoundingClientRect().right > width + 1 && !scrolls(element));
    const count = text => text.split(/\s+/).filter(word => /\w/.test(word)).length;
    const drawn = [...page.querySelectorAll("figure svg text")].map(text => text.textContent);
    const words = count(page.body.innerText) - count(drawn.join(" "));
    seen[width] = {
      overflow: root.scrollWidth - root.clientWidth,
      height: root.scrollHeight,
      words,
      wide: wide.map(element => element.tagName + " " + element.textContent.slice(0, 60)),
      paper: style(page.body).backgroundColor,
      dark: frame.contentWindow.matchMedia("(prefers-color-scheme: dark)").matches,
      targets: [...page.querySelectorAll('a[href^="#"]')]
        .filter(link => !page.getElementById(link.getAttribute("href").slice(1)))
        .map(link => link.getAttribute("href")),
      files: [...page.querySelectorAll('a:not([href^="#"])')].map(link => link.getAttribute("href")),
      figures: page.querySelectorAll("figure").length,
      silent: [...page.querySelectorAll("figure svg")].filter(svg =>
        svg.getAttribute("role") !== "img" ||
        !svg.getAttribute("aria-labelledby").split(" ").every(id =>
          page.getElementById(id) && page.getElementById(id).textContent.length > 10)).length,
      cut: [...page.querySelectorAll("table")].filter(table =>
        table.offsetParent && table.getBoundingClientRect().right > width && !scrolls(table)).length,
    };
    frame.remove();
  }
  document.body.textContent = JSON.stringify(seen);
};
probe();
</script>"##;

fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| {
        let asked = Command::new(name).arg("--version").output();
        asked.is_ok_and(|answer| answer.status.success())
    })
}

/// What the browser says, on a light or a dark screen.
fn seen(browser: &str, folder: &Path, dark: bool) -> Value {
    let probe = folder.join("probe.html");
    fs::write(&probe, PROBE).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let scheme = if dark { 0 } else { 1 };
    let answer = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
        ])
        .args([
            "--allow-file-access-from-files",
            "--virtual-time-budget=20000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg("--dump-dom")
        .arg(format!("file://{}", probe.display()))
        .output()
        .expect("the browser runs");
    let dom = String::from_utf8_lossy(&answer.stdout).into_owned();
    let json = dom
        .split_once("<body>")
        .and_then(|(_, rest)| rest.split_once("</body>"));
    let json = json
        .unwrap_or_else(|| panic!("no answer from the browser: {dom}"))
        .0;
    let json = json
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[test]
fn a_browser_shows_the_page_whole_on_every_screen() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: there is no Chromium here; install it to test the page");
        return;
    };
    let place = smoke().copy();
    for dark in [false, true] {
        let seen = seen(browser, &place.path(""), dark);
        for width in ["390", "1280", "1920"] {
            let page = &seen[width];
            let nothing = serde_json::json!([]);
            assert_eq!(page["overflow"], 0, "{width}: {page:#}");
            assert_eq!(page["wide"], nothing, "{width}");
            assert_eq!(page["targets"], nothing, "{width}");
            assert_eq!(
                (&page["silent"], &page["cut"]),
                (&0.into(), &0.into()),
                "{width}"
            );
            assert_eq!(page["dark"], dark, "{width}");
            assert!(page["figures"].as_u64().unwrap() > 20);
            let files = page["files"].as_array().unwrap();
            assert!(files.len() > 60);
            for file in files {
                let file = place.path("out").join(file.as_str().unwrap());
                assert!(file.is_file(), "{} is linked and not there", file.display());
            }
            let bright = page["paper"].as_str().unwrap().contains("255");
            assert_eq!(bright, !dark, "{}", page["paper"]);
        }
        let (height, words) = (&seen["1280"]["height"], &seen["1280"]["words"]);
        // A question takes about 1,700 pixels in the fonts of one machine, and all else as much as
        // one more; other fonts are up to a tenth larger.
        let most = 2_060 * QUESTIONS.len() as u64;
        assert!(height.as_u64().unwrap() < most, "{height} pixels");
        assert!(words.as_u64().unwrap() < 5_000, "{words} words");
    }
}
