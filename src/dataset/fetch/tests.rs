//! Fetching from a small HTTP server on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::Rng;

use super::*;
use crate::dataset::ImageShape;
use crate::dataset::catalogue::Format;
use crate::random::stream;

/// How the server answers.
#[derive(Clone)]
enum Answer {
    /// The bytes, from where the request's Range says.
    Ranged(Vec<u8>),
    /// All bytes, whatever the Range.
    Whole(Vec<u8>),
    /// A status without content.
    Status(u16),
    /// The length of all bytes, but the connection ends after so many.
    Cut(Vec<u8>, usize),
}

/// The path of each request, and the first byte of its Range.
type Log = Mutex<Vec<(String, Option<usize>)>>;

/// A server with one answer for every address, and the requests it got.
struct Server {
    base: &'static str,
    requests: Arc<Log>,
}

impl Server {
    fn new(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = leak(format!("http://{}/base", listener.local_addr().unwrap()));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                respond(stream.unwrap(), &answer, &log);
            }
        });
        Self { base, requests }
    }

    fn requests(&self) -> Vec<(String, Option<usize>)> {
        self.requests.lock().unwrap().clone()
    }
}

fn respond(mut stream: TcpStream, answer: &Answer, log: &Log) {
    let lines: Vec<String> = BufReader::new(stream.try_clone().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty())
        .collect();
    let path = lines[0].split(' ').nth(1).unwrap().to_string();
    let range = lines.iter().find_map(|line| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("range: bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    });
    log.lock().unwrap().push((path, range));
    let (head, body) = match (answer, range) {
        (Answer::Status(status), _) => (
            format!("HTTP/1.1 {status} No\r\nContent-Length: 0"),
            &[][..],
        ),
        (Answer::Ranged(all), Some(from)) if from >= all.len() => (
            "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0".to_string(),
            &[][..],
        ),
        (Answer::Ranged(all), Some(from)) => {
            let (last, total) = (all.len() - 1, all.len());
            let range = format!("Content-Range: bytes {from}-{last}/{total}");
            (
                format!(
                    "HTTP/1.1 206 Partial\r\n{range}\r\nContent-Length: {}",
                    total - from
                ),
                &all[from..],
            )
        }
        (Answer::Ranged(all) | Answer::Whole(all), _) => (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}", all.len()),
            &all[..],
        ),
        (Answer::Cut(all, n), _) => (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}", all.len()),
            &all[..*n],
        ),
    };
    // A client may hang up early.
    let _ = stream.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes());
    let _ = stream.write_all(body);
}

fn leak(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// 300,000 bytes that gzip cannot shorten.
fn content() -> Vec<u8> {
    let mut bytes = vec![0; 300_000];
    stream(0, "content of a test file").fill_bytes(&mut bytes);
    bytes
}

fn data_file(name: &'static str, content: &[u8]) -> DataFile {
    DataFile {
        name,
        bytes: content.len() as u64,
        sha256: leak(crate::digest::sha256(content)),
    }
}

fn entry(files: Vec<DataFile>, system: Option<&Path>, delivery: Delivery) -> &'static Entry {
    Box::leak(Box::new(Entry {
        name: "a-set",
        description: "",
        licence: "",
        source: "",
        shape: ImageShape {
            channels: 1,
            height: 1,
            width: 1,
        },
        classes: 2,
        train: 1,
        test: 1,
        folders: &[],
        system_folder: system.map(|path| leak(path.display().to_string())),
        files: files.leak(),
        format: Format::Idx,
        delivery,
    }))
}

/// A set with the one file `images`, and a folder for it.
struct OneFile {
    data_dir: tempfile::TempDir,
    entry: &'static Entry,
}

impl OneFile {
    fn new(mirrors: &[&Server]) -> Self {
        let mirrors: Vec<&str> = mirrors.iter().map(|server| server.base).collect();
        let delivery = Delivery::Gzip {
            mirrors: mirrors.leak(),
        };
        let data_dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(data_dir.path().join("a-set")).unwrap();
        let files = vec![data_file("images", &content())];
        Self {
            data_dir,
            entry: entry(files, None, delivery),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data_dir.path().join("a-set").join(name)
    }

    fn leave_part(&self, bytes: &[u8]) {
        std::fs::write(self.path("images.gz.part"), bytes).unwrap();
    }

    fn fetch(&self) -> Result<Location, FetchError> {
        fetch_entry(self.entry, self.data_dir.path(), None, &mut |_| {})
    }

    /// The file is whole in its place, and nothing else is in the folder.
    fn assert_whole(&self) {
        assert_eq!(
            files::read(&self.path("images.gz"), &|_| None)
                .unwrap()
                .bytes,
            content()
        );
        assert_eq!(std::fs::read_dir(self.path(".")).unwrap().count(), 1);
    }
}

#[test]
fn a_file_is_downloaded_once_with_progress() {
    let packed = gzip(&content());
    let server = Server::new(Answer::Ranged(packed.clone()));
    let set = OneFile::new(&[&server]);
    let (mut last, mut ready) = ((0, None), Vec::new());
    let location = fetch_entry(
        set.entry,
        set.data_dir.path(),
        None,
        &mut |progress| match progress {
            Progress::Received {
                received, total, ..
            } => {
                assert!(received > last.0);
                last = (received, total);
            }
            Progress::Ready { file, from } => ready.push(format!("{file} {from}")),
            Progress::Failed(attempt) => panic!("{attempt}"),
        },
    );
    assert_eq!(
        location.unwrap(),
        Location::Folder(set.path("").components().as_path().into())
    );
    assert_eq!(last, (packed.len() as u64, Some(packed.len() as u64)));
    assert_eq!(ready, [format!("images {}/images.gz", server.base)]);
    set.assert_whole();
    set.fetch().unwrap();
    assert_eq!(server.requests(), [("/base/images.gz".to_string(), None)]);
}

#[test]
fn a_download_is_resumed_where_it_ended() {
    let packed = gzip(&content());
    let server = Server::new(Answer::Ranged(packed.clone()));
    let set = OneFile::new(&[&server]);
    set.leave_part(&packed[..1000]);
    set.fetch().unwrap();
    set.assert_whole();
    assert_eq!(server.requests()[0].1, Some(1000));
}

#[test]
fn a_part_that_is_already_whole_is_used() {
    let packed = gzip(&content());
    let server = Server::new(Answer::Ranged(packed.clone()));
    let set = OneFile::new(&[&server]);
    set.leave_part(&packed);
    set.fetch().unwrap();
    set.assert_whole();
}

#[test]
fn a_part_that_is_not_the_beginning_is_dropped() {
    let packed = gzip(&content());
    let server = Server::new(Answer::Ranged(packed.clone()));
    for part in [vec![7; 1000], vec![7; packed.len()]] {
        let set = OneFile::new(&[&server]);
        set.leave_part(&part);
        set.fetch().unwrap();
        set.assert_whole();
    }
    let ranges: Vec<_> = server
        .requests()
        .into_iter()
        .map(|(_, range)| range)
        .collect();
    assert_eq!(ranges, [Some(1000), None, Some(packed.len()), None]);
}

#[test]
fn a_server_without_ranges_is_asked_for_everything() {
    let server = Server::new(Answer::Whole(gzip(&content())));
    let set = OneFile::new(&[&server]);
    set.leave_part(&[7; 500_000]);
    set.fetch().unwrap();
    set.assert_whole();
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn wrong_content_is_removed_and_both_checksums_are_named() {
    let mut wrong = content();
    wrong[1234] ^= 1;
    let server = Server::new(Answer::Ranged(gzip(&wrong)));
    let set = OneFile::new(&[&server]);
    let message = set.fetch().unwrap_err().to_string();
    assert!(message.contains(set.entry.files[0].sha256), "{message}");
    assert!(
        message.contains(&crate::digest::sha256(&wrong)),
        "{message}"
    );
    assert!(!message.contains('\n'));
    assert_eq!(std::fs::read_dir(set.path("")).unwrap().count(), 0);
}

#[test]
fn a_damaged_or_endless_answer_is_removed() {
    let half = gzip(&content())[..100_000].to_vec();
    for (answer, part) in [
        (half, "cannot be decompressed"),
        (vec![0; 1_000_000], "more than 365536 bytes"),
    ] {
        let set = OneFile::new(&[&Server::new(Answer::Ranged(answer))]);
        let message = set.fetch().unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
        assert_eq!(std::fs::read_dir(set.path("")).unwrap().count(), 0);
    }
}

#[test]
fn the_next_mirror_is_asked_when_one_has_nothing_or_is_not_there() {
    let gone = Server::new(Answer::Status(404));
    let closed = Server {
        // Bound and dropped: nothing listens there.
        base: leak(format!(
            "http://{}",
            TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
        )),
        requests: Arc::default(),
    };
    let good = Server::new(Answer::Ranged(gzip(&content())));
    let set = OneFile::new(&[&gone, &closed, &good]);
    let mut failures = Vec::new();
    fetch_entry(set.entry, set.data_dir.path(), None, &mut |progress| {
        if let Progress::Failed(attempt) = progress {
            failures.push(attempt.to_string());
        }
    })
    .unwrap();
    set.assert_whole();
    assert!(
        failures[0].ends_with("/base/images.gz answered 404"),
        "{failures:?}"
    );
    assert!(failures[1].contains("cannot be reached"), "{failures:?}");
    assert_eq!(failures.len(), 2);

    let message = OneFile::new(&[&gone, &closed])
        .fetch()
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("404") && message.contains("reached") && message.contains("--mirror"),
        "{message}"
    );
}

#[test]
fn a_broken_connection_keeps_what_came_and_the_next_mirror_resumes() {
    let packed = gzip(&content());
    let cut = Server::new(Answer::Cut(packed.clone(), 70_000));
    let set = OneFile::new(&[&cut]);
    let message = set.fetch().unwrap_err().to_string();
    assert!(message.contains("broke off after 70000 bytes"), "{message}");
    assert_eq!(
        std::fs::read(set.path("images.gz.part")).unwrap(),
        packed[..70_000]
    );
    assert!(!set.path("images.gz").exists());

    let good = Server::new(Answer::Ranged(packed));
    let set = OneFile::new(&[&cut, &good]);
    set.fetch().unwrap();
    set.assert_whole();
    assert_eq!(good.requests()[0].1, Some(70_000));
}

#[test]
fn a_bad_file_in_place_is_replaced_and_a_good_one_is_kept() {
    let server = Server::new(Answer::Ranged(gzip(&content())));
    let set = OneFile::new(&[&server]);
    std::fs::write(set.path("images"), "bad").unwrap();
    set.fetch().unwrap();
    set.assert_whole();

    let set = OneFile::new(&[&server]);
    std::fs::write(set.path("images"), content()).unwrap();
    set.fetch().unwrap();
    assert!(!set.path("images.gz").exists());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn an_installed_copy_goes_before_a_download_unless_a_mirror_is_given() {
    let installed = tempfile::tempdir().unwrap();
    std::fs::write(installed.path().join("images.gz"), gzip(&content())).unwrap();
    let server = Server::new(Answer::Ranged(gzip(&content())));
    for (mirror, requests) in [(None, 0), (Some(server.base), 1)] {
        let data_dir = tempfile::tempdir().unwrap();
        let files = vec![data_file("images", &content())];
        let entry = entry(
            files,
            Some(installed.path()),
            Delivery::Gzip { mirrors: &[] },
        );
        let location = fetch_entry(entry, data_dir.path(), mirror, &mut |_| {}).unwrap();
        let folder = data_dir.path().join("a-set");
        assert_eq!(location, Location::Folder(folder.clone()));
        assert_eq!(
            files::read(&folder.join("images.gz"), &|_| None)
                .unwrap()
                .bytes,
            content()
        );
        assert_eq!(server.requests().len(), requests);
    }
}

#[test]
fn two_processes_do_not_write_one_part() {
    let set = OneFile::new(&[]);
    let _held = Part::open(&set.path(""), "images.gz").unwrap();
    let message = set.fetch().unwrap_err().to_string();
    assert!(
        message.contains("images.gz.part is being written"),
        "{message}"
    );
}

fn tar_gz(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Past the builder's own check of paths, to make one that leaves the folder.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

fn archive_entry(archive: &[u8], server: &Server) -> &'static Entry {
    let files = vec![
        data_file("first.bin", b"first"),
        data_file("second.bin", b"second"),
    ];
    let delivery = Delivery::Archive {
        name: "set.tar.gz",
        bytes: archive.len() as u64,
        sha256: leak(crate::digest::sha256(archive)),
        mirrors: vec![server.base].leak(),
    };
    entry(files, None, delivery)
}

#[test]
fn an_archive_is_unpacked_into_the_folder_and_removed() {
    let archive = tar_gz(&[
        ("set/readme.html", b"not wanted"),
        ("../../second.bin", b"second"),
        ("set/first.bin", b"first"),
    ]);
    let server = Server::new(Answer::Ranged(archive.clone()));
    let entry = archive_entry(&archive, &server);
    let data_dir = tempfile::tempdir().unwrap();
    fetch_entry(entry, data_dir.path(), None, &mut |_| {}).unwrap();
    let folder = data_dir.path().join("a-set");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["first.bin", "second.bin"]);
    assert_eq!(std::fs::read(folder.join("second.bin")).unwrap(), b"second");
    fetch_entry(entry, data_dir.path(), None, &mut |_| {}).unwrap();
    assert_eq!(server.requests(), [("/base/set.tar.gz".to_string(), None)]);
}

#[test]
fn an_archive_with_a_wrong_or_missing_file_is_refused() {
    for (second, part) in [
        ("set/second.bin", "SHA-256"),
        ("set/third.bin", "it is not there"),
    ] {
        let archive = tar_gz(&[("set/first.bin", b"first"), (second, b"others")]);
        let server = Server::new(Answer::Ranged(archive.clone()));
        let data_dir = tempfile::tempdir().unwrap();
        let fetched = fetch_entry(
            archive_entry(&archive, &server),
            data_dir.path(),
            None,
            &mut |_| {},
        );
        let message = fetched.unwrap_err().to_string();
        assert!(
            message.contains("second.bin") && message.contains(part),
            "{message}"
        );
        assert!(!data_dir.path().join("a-set/second.bin").exists());
    }
}

#[test]
fn verify_tells_intact_damaged_and_missing_files_apart() {
    let embedded = verify("fashion-mnist-10k", Path::new("nowhere")).unwrap();
    assert_eq!(embedded.len(), 4);
    assert!(
        embedded
            .iter()
            .all(|file| file.state == FileState::Intact && file.path.is_none())
    );

    let data_dir = tempfile::tempdir().unwrap();
    let states = || verify("mnist", data_dir.path()).unwrap();
    assert!(states().iter().all(|file| file.state == FileState::Missing));
    std::fs::write(data_dir.path().join("train-images-idx3-ubyte"), "wrong").unwrap();
    std::fs::write(
        data_dir.path().join("t10k-images-idx3-ubyte.gz"),
        &gzip(&content())[..99],
    )
    .unwrap();
    let [train, _, test, labels] = &states()[..] else {
        panic!("four files")
    };
    // printf wrong | sha256sum
    let sha256 = "8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225";
    assert!(
        matches!(&train.state, FileState::Differs { found, .. } if found == sha256),
        "{train:?}"
    );
    assert!(
        matches!(test.state, FileState::Unreadable { .. }),
        "{test:?}"
    );
    assert_eq!(labels.state, FileState::Missing);
    let message = verify("imagenet", data_dir.path()).unwrap_err().to_string();
    assert!(
        message.contains("`imagenet`") && message.contains("cifar10"),
        "{message}"
    );
}
