use std::fs::TryLockError;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::*;

const SUM: Kind = Kind {
    name: "sum",
    holds: Holds::Numbers,
};

/// Remembers what it is told.
#[derive(Default)]
struct Told {
    set_aside: Mutex<Vec<String>>,
    waiting: AtomicUsize,
    without_locks: AtomicUsize,
}

impl Watch for Told {
    fn waiting(&self, _: Kind, _: &ResultId) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
    }
    fn set_aside(&self, _: &Path, reason: &str) {
        let mut all = self.set_aside.lock().expect("no panic");
        all.push(reason.to_owned());
    }
    fn starts_again(&self, _: &Path, _: &str) {}
    fn without_checkpoints(&self, _: &StoreError) {}
    fn without_locks(&self, _: &io::Error) {
        self.without_locks.fetch_add(1, Ordering::SeqCst);
    }
}

impl Told {
    fn set_aside(&self) -> Vec<String> {
        self.set_aside.lock().expect("no panic").clone()
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let out = tempfile::tempdir().expect("a folder");
    let store = open(out.path());
    (out, store)
}

fn open(out: &Path) -> Store {
    Store::open(out, Invocation::default()).expect("a store")
}

/// A result without arrays, or with one.
fn computed(value: u32, arrays: bool) -> Computed<u32> {
    let array = ("array".to_owned(), vec![7_u8; 100]);
    Computed {
        used: vec![],
        earlier: Earlier::default(),
        output: value,
        files: if arrays { vec![array] } else { vec![] },
    }
}

fn obtain(store: &Store, told: &Told, value: u32, arrays: bool) -> Result<u32, StoreError> {
    let compute = || Ok(computed(value, arrays));
    (store.obtain(SUM, &"spec".to_owned(), told, compute)).map(|entry| entry.output)
}

fn file(store: &Store, arrays: bool) -> PathBuf {
    let folder = store.folder(SUM, &ResultId::of(SUM, "spec"));
    match arrays {
        true => folder.join("result.json"),
        false => folder.with_extension("json"),
    }
}

#[test]
fn a_result_is_computed_once_and_an_error_is_not_stored() {
    for arrays in [false, true] {
        let (_out, store) = store();
        let told = Told::default();
        let failed: Result<Entry<String, u32>, StoreError> =
            store.obtain(SUM, &"spec".to_owned(), &told, || {
                Err(StoreError::damaged(Path::new("x"), "y"))
            });
        assert!(failed.is_err());
        assert_eq!(obtain(&store, &told, 1, arrays).expect("computed"), 1);
        assert_eq!(obtain(&store, &told, 2, arrays).expect("read"), 1);
        assert!(told.set_aside().is_empty());
        let left = |folder: &str| fs::read_dir(store.root.join(folder)).expect("it").count();
        assert_eq!((left(".partial"), left(".locks")), (0, 0));
    }
}

/// Whatever a result's files become, it is told, kept and computed again.
#[test]
fn all_damage_is_found_and_nothing_is_deleted() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 6] = [
        ("its checksum", |path| {
            let mut bytes = fs::read(path).expect("bytes");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).expect("flipped");
        }),
        ("", |path| {
            let bytes = fs::read(path).expect("bytes");
            fs::write(path, &bytes[..bytes.len() / 2]).expect("cut");
        }),
        ("", |path| fs::write(path, "").expect("emptied")),
        ("it is a folder", |path| {
            fs::remove_file(path).expect("removed");
            fs::create_dir(path).expect("a folder");
        }),
        #[cfg(unix)]
        ("it is a link", |path| {
            let other = path.with_extension("other");
            fs::rename(path, &other).expect("moved");
            std::os::unix::fs::symlink(&other, path).expect("a link");
        }),
        #[cfg(unix)]
        ("it is a pipe", |path| {
            fs::remove_file(path).expect("removed");
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.expect("mkfifo").success());
        }),
    ];
    for (arrays, name) in [(false, ""), (true, "result.json"), (true, "array")] {
        for (reason, damage) in damages {
            let (_out, store) = store();
            let told = Told::default();
            obtain(&store, &told, 1, arrays).expect("computed");
            let path = match name {
                "array" => file(&store, true).with_file_name("array"),
                _ => file(&store, arrays),
            };
            damage(&path);
            assert_eq!(obtain(&store, &told, 1, arrays).expect("again"), 1);
            let all = told.set_aside();
            assert_eq!(all.len(), 1, "{name} {reason}");
            let named = all[0].contains(&*path.file_name().expect("a name").to_string_lossy());
            assert!(named && all[0].contains(reason), "{all:?}");
            let kinds = fs::read_dir(store.root.join("records/sum")).expect("the kind");
            let kept = kinds.flatten().filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.ends_with(".damaged-0")
            });
            assert_eq!(kept.count(), 1);
            assert_eq!(obtain(&store, &told, 2, arrays).expect("read"), 1);
        }
    }
}

#[test]
fn a_result_under_the_name_of_another_is_damaged() {
    let (_out, store) = store();
    let told = Told::default();
    let compute = || Ok::<_, StoreError>(computed(3, false));
    let other = store.obtain(SUM, &"other".to_owned(), &told, compute);
    let folder = store.folder(SUM, &other.expect("computed").id);
    fs::rename(folder.with_extension("json"), file(&store, false)).expect("renamed");
    assert_eq!(obtain(&store, &told, 1, false).expect("computed"), 1);
    assert!(told.set_aside()[0].contains("another spec"));
}

#[test]
fn a_result_that_another_process_computes_is_waited_for() {
    let (out, store) = store();
    let (told, other) = (Told::default(), open(out.path()));
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            let slowly = || {
                thread::sleep(2 * WAIT);
                Ok::<_, StoreError>(computed(1, true))
            };
            let found = store.obtain(SUM, &"spec".to_owned(), &Told::default(), slowly);
            found.expect("computed").output
        });
        thread::sleep(WAIT / 2);
        assert_eq!(obtain(&other, &told, 2, true).expect("read"), 1);
        assert_eq!(first.join().expect("no panic"), 1);
    });
    assert_eq!(told.waiting.load(Ordering::SeqCst), 1);
}

/// Two processes on a file system without locks: both compute, the first result stays,
/// and the second process goes on with that one.
#[test]
fn without_locks_the_first_result_stays() {
    for arrays in [false, true] {
        let (out, first) = store();
        let no_locks: LockCall = |_| {
            Err(TryLockError::Error(io::Error::from(
                io::ErrorKind::Unsupported,
            )))
        };
        let stores = [first, open(out.path())].map(|store| Store {
            lock: no_locks,
            ..store
        });
        let told = Told::default();
        let outer = stores[0].obtain(SUM, &"spec".to_owned(), &told, || {
            let inner = obtain(&stores[1], &Told::default(), 2, arrays);
            assert_eq!(inner.expect("computed"), 2);
            Ok::<_, StoreError>(computed(1, arrays))
        });
        assert_eq!(outer.expect("the other's").output, 2);
        assert_eq!(obtain(&stores[0], &told, 3, arrays).expect("read"), 2);
        assert_eq!(told.without_locks.load(Ordering::SeqCst), 1);
        let left = fs::read_dir(out.path().join(".partial"))
            .expect("it")
            .count();
        assert_eq!(left, 0);
    }
}

#[test]
fn what_a_dead_process_left_is_removed_unless_it_is_in_use() {
    let (out, store) = store();
    for name in ["sum-dead", "sum-alive"] {
        let partial = Partial::new(&store.partials(), name).expect("a folder");
        partial.write("result.json", b"{").expect("half a file");
        std::mem::forget(partial); // as if killed
    }
    let lock = store.ask("sum-alive").expect("asked");
    assert!(matches!(lock, Asked::Got(_)));
    open(out.path());
    let left = |name: &str| store.partials().join(name).exists();
    assert_eq!((left("sum-dead"), left("sum-alive")), (false, true));
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let (_out, store) = store();
    fs::write(store.root.join("records"), "in the way").expect("written");
    let error = obtain(&store, &Told::default(), 1, true).expect_err("the obstacle");
    assert!(error.to_string().contains("records"), "{error}");
    assert_eq!(fs::read_dir(store.partials()).expect("it").count(), 0);
}

#[test]
fn a_folder_that_was_removed_or_replaced_is_noticed() {
    let outer = tempfile::tempdir().expect("a folder");
    let out = outer.path().join("out");
    let store = open(&out);
    store.check().expect("it is there");
    fs::rename(&out, outer.path().join("away")).expect("moved");
    assert!(matches!(store.check(), Err(StoreError::FolderGone { .. })));
    open(&out);
    assert!(matches!(store.check(), Err(StoreError::FolderGone { .. })));
}

#[cfg(unix)]
#[test]
fn the_output_folder_may_be_a_link() {
    let outer = tempfile::tempdir().expect("a folder");
    let (real, link) = (outer.path().join("real"), outer.path().join("link"));
    fs::create_dir(&real).expect("a folder");
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    obtain(&open(&link), &Told::default(), 1, false).expect("computed");
    let told = Told::default();
    assert_eq!(obtain(&open(&real), &told, 2, false).expect("read"), 1);
}
