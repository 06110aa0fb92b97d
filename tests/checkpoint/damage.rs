//! Files that lie: every one is refused with an error, in little memory.

use std::io::Cursor;
use std::path::Path;

use proptest::prelude::*;
use rethink::checkpoint::{Checkpoint, CheckpointError, read_from};
use rethink::measure::{Reading, interpret};

use crate::zip;

fn parse(bytes: &[u8]) -> Result<Checkpoint, CheckpointError> {
    read_from(Cursor::new(bytes), Path::new("given"))
}

/// The message of the error, checked to name the file.
fn refused(bytes: &[u8]) -> String {
    let error = parse(bytes).unwrap_err().to_string();
    assert!(error.contains("given"), "{error}");
    error
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zip::zip(false, entries)
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

/// The pickle of `{"w": tensor}` on a storage "0" of floats.
fn state_dict(offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let mut pickle = b"\x80\x02}X\x01\x00\x00\x00w".to_vec();
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    pickle.extend(b"X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000NNtQ");
    let number = |value: i32| {
        let bytes = value.to_le_bytes();
        [b"J".as_slice(), &bytes].concat()
    };
    pickle.extend(number(offset));
    for lengths in [shape, strides] {
        pickle.push(b'(');
        pickle.extend(lengths.iter().flat_map(|&length| number(length)));
        pickle.push(b't');
    }
    pickle.extend(b"\x89NtRs.");
    pickle
}

fn pytorch(pickle: &[u8], storage: &[u8]) -> Vec<u8> {
    zip(&[
        ("a/data.pkl", pickle),
        ("a/byteorder", b"little"),
        ("a/data/0", storage),
    ])
}

#[test]
fn safetensors_that_contradict_themselves_are_damaged() {
    let tensor = |shape: &str, start: u64, end: u64| {
        format!(r#"{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{end}]}}"#)
    };
    let one = |shape: &str, start, end| format!(r#"{{"w":{}}}"#, tensor(shape, start, end));
    assert!(parse(&safetensors(&one("[2]", 0, 8), &[0; 8])).is_ok());

    let long = [&1_000_u64.to_le_bytes()[..], b"{}"].concat();
    assert!(refused(&long).contains("said to have 1000 bytes where 2 follow"));
    let longest = [&u64::MAX.to_le_bytes()[..], b"{}"].concat();
    assert!(refused(&longest).contains("18446744073709551615"));
    let overlapping = format!(
        r#"{{"v":{},"w":{}}}"#,
        tensor("[2]", 0, 8),
        tensor("[2]", 4, 12)
    );
    for (header, data) in [
        (overlapping, 12),
        (one("[2]", 0, 8), 7),                                // cut off
        (one("[2]", 0, 8), 9),                                // more than is named
        (one("[2]", 8, 16), 16),                              // a hole
        (one("[3]", 0, 8), 8),                                // shape and bytes differ
        (one("[4294967296,4294967296,4294967296]", 0, 8), 8), // product overflows
        (one("[2]", 8, 0), 8),                                // ends before it starts
        ("[".repeat(100_000), 8),                             // deep nesting
        (r#"{"w":7}"#.to_owned(), 8),
    ] {
        let error = refused(&safetensors(&header, &vec![0; data]));
        assert!(
            error.contains("is damaged") || error.contains("first bytes"),
            "{error}"
        );
    }
    assert!(refused(&safetensors("{}", &[])).contains("it is empty"));
    assert!(refused(&[]).contains("first bytes"));
}

#[test]
fn weights_that_are_not_finite_are_named() {
    let floats = |values: [f32; 3]| {
        values
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let header = r#"{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#;
    let error = refused(&safetensors(
        header,
        &floats([1.0, f32::NAN, f32::INFINITY]),
    ));
    assert!(
        error.contains(
            "array \"w\" of given has 2 values that are not finite, the first NaN at index 1"
        ),
        "{error}"
    );
    let header = r#"{"w":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"#;
    // Rounded to single precision they would be infinite, or all zero.
    for (values, named) in [
        ([1.0, 1e300_f64], "1e300 at index 1"),
        ([0.0, -2e-60], "-2e-60 at index 1"),
    ] {
        let doubles: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let error = refused(&safetensors(header, &doubles));
        assert!(
            error.contains(&format!("{named}, beyond the range of the 32 bits")),
            "{error}"
        );
    }
}

#[test]
fn arrays_of_an_npz_that_lie_are_refused() {
    let array = |header: &str, data: &[u8]| zip(&[("w.npy", &npy(header, data))]);
    let header =
        |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    assert_eq!(
        parse(&array(&header("(2,)"), &[0; 8])).unwrap().arrays[0].values,
        [0.0, 0.0]
    );
    let error = refused(&array(&header("(3,)"), &[0; 8]));
    assert!(error.contains("does not fit its 2 numbers"), "{error}");
    let error = refused(&array(&header("(1,)"), &[0; 8]));
    assert!(
        error.contains("more than the 4 bytes that its header announces"),
        "{error}"
    );
    for shape in [
        "(4294967296, 4294967296)",
        "(18446744073709551615,)",
        "(1000000000000,)",
    ] {
        let error = refused(&array(&header(shape), &[0; 8]));
        assert!(error.contains("says that it holds, more than"), "{error}");
    }
    for bad in [
        "".to_owned(),
        "{}".to_owned(),
        header("(2"),
        header("(-1,)"),
        "(".repeat(60_000),
    ] {
        assert!(refused(&array(&bad, &[0; 8])).contains("array \"w\""));
    }
    let long = [b"\x93NUMPY\x02\x00", &u32::MAX.to_le_bytes()[..], b"{}"].concat();
    assert!(refused(&zip(&[("w.npy", &long)])).contains("4294967295"));
    // An object array is a pickle; it is left out and nothing of it is looked at.
    let objects = header("(1,)").replace("<f4", "|O");
    let error = refused(&array(&objects, b"\x80\x02cos\nsystem\n"));
    assert!(error.contains("type |O are not read as weights"), "{error}");
    assert!(refused(&zip(&[("w.txt", b"hello")])).contains("a zip without arrays"));
    assert!(refused(&zip(&[])).contains("it is empty"));
    let twice = npy(&header("(2,)"), &[0; 8]);
    let error = refused(&zip(&[("w.npy", &twice), ("w.npy", &twice)]));
    assert!(error.contains("two entries w.npy"), "{error}");
}

#[test]
fn a_zip_bomb_is_not_unpacked() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (20000000,), }";
    let zeros = npy(header, &vec![0; 80_000_000]);
    let bomb = zip::zip(true, &[("w.npy", &zeros)]);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    assert!(matches!(
        parse(&bomb),
        Err(CheckpointError::TooLarge { .. })
    ));
    // As much in two parts, each of which would be let through.
    let half = header.replace("20000000", "12000000");
    let half = npy(&half, &vec![0; 48_000_000]);
    let bomb = zip::zip(true, &[("v.npy", &half), ("w.npy", &half)]);
    assert!(refused(&bomb).contains("zip bomb"));
}

#[test]
fn a_zip_directory_that_lies_is_refused() {
    let whole = zip(&[(
        "w.npy",
        &npy(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
            &[0; 4],
        ),
    )]);
    assert!(parse(&whole).is_ok());
    for length in [4, whole.len() / 2, whole.len() - 1] {
        assert!(refused(&whole[..length]).contains("damaged"), "{length}");
    }
    // A 64-bit directory of 2^40 entries.
    let end = whole.len() - 22;
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([0; 12]);
    record.extend((1_u64 << 40).to_le_bytes());
    record.extend((1_u64 << 40).to_le_bytes());
    record.extend([0; 16]);
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend((end as u64).to_le_bytes());
    locator.extend(1_u32.to_le_bytes());
    let many = [&whole[..end], &record, &locator, &whole[end..]].concat();
    let error = refused(&many);
    assert!(error.contains("1099511627776 entries"), "{error}");
}

/// The second end record, behind the first, points to a directory of its own; zip readers
/// differ in which one they take.
#[test]
fn a_zip_with_another_directory_behind_its_end_is_refused() {
    let whole = zip(&[("w.npy", b"")]);
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    record.extend([1_u64 << 40, 1 << 40, 0, 0].map(u64::to_le_bytes).concat());
    let mut locator = b"PK\x06\x07\0\0\0\0".to_vec();
    locator.extend((whole.len() as u64).to_le_bytes());
    locator.extend(1_u32.to_le_bytes());
    let error = refused(&[&whole[..], &record, &locator, &[0; 22]].concat());
    assert!(error.contains("directory is missing"), "{error}");
}

/// A weight of 2,900 x 2,900 from one number would take a minute to measure.
#[test]
fn an_array_that_repeats_its_numbers_is_no_larger_than_its_file_is_trusted_with() {
    let repeated = |side| parse(&pytorch(&state_dict(0, &[side, side], &[0, 0]), &[0; 4]));
    assert_eq!(repeated(16).unwrap().arrays[0].values, [0.0; 256]);
    assert!(matches!(
        repeated(2900),
        Err(CheckpointError::TooLarge { most, .. }) if most < 100_000
    ));
}

#[test]
fn tensors_outside_their_storage_are_refused() {
    let storage: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let values = |offset, shape: &[i32], strides: &[i32]| {
        parse(&pytorch(&state_dict(offset, shape, strides), &storage))
            .map(|c| c.arrays[0].values.clone())
    };
    assert_eq!(values(1, &[2, 2], &[3, 1]).unwrap(), [1.0, 2.0, 4.0, 5.0]);
    assert_eq!(
        values(0, &[3, 2], &[1, 3]).unwrap(),
        [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    );
    assert_eq!(values(5, &[1, 1], &[i32::MAX, i32::MAX]).unwrap(), [5.0]);
    assert_eq!(values(2, &[], &[]).unwrap(), [2.0]);
    for (offset, shape, strides) in [
        (2, [2, 2], [3, 1]),
        (6, [1, 1], [1, 1]),
        (0, [2, i32::MAX], [i32::MAX, i32::MAX]),
    ] {
        let error = values(offset, &shape, &strides).unwrap_err().to_string();
        assert!(error.contains("does not fit its 6 numbers"), "{error}");
    }
    for (offset, shape, strides) in [
        (-1, vec![1], vec![1]),
        (0, vec![-1], vec![1]),
        (0, vec![2], vec![-1]),
        (0, vec![1, 1], vec![1]),
    ] {
        let error = values(offset, &shape, &strides).unwrap_err().to_string();
        assert!(error.contains("do not fit RebuildTensor"), "{error}");
    }
    // One number, seen 2^62 times, or more often than a number can say.
    assert!(matches!(
        values(0, &[i32::MAX, i32::MAX], &[0, 0]),
        Err(CheckpointError::TooLarge { .. })
    ));
    assert!(values(0, &[i32::MAX; 3], &[0; 3]).is_err());
    let error = refused(&zip(&[("data.pkl", &state_dict(0, &[1], &[1]))]));
    assert!(error.contains("it has no data/0"), "{error}");
}

#[test]
fn pickles_that_would_grow_are_refused() {
    let pickle = |parts: &[&[u8]]| refused(&pytorch(&parts.concat(), &[]));
    let mut lists = b"\x80\x02]q\x00".to_vec();
    for _ in 0..1_000 {
        lists.extend(b"(h\x00h\x00l2q\x00a"); // each list holds the last one twice
    }
    lists.push(b'.');
    assert!(pickle(&[&lists]).contains("list instead of a dictionary of tensors"));
    assert!(pickle(&[b"\x80\x02", &[b'('; 100_000], b"."]).contains("a value is missing"));
    assert!(
        pickle(&[b"\x80\x02", &[b']'; 100_000], &[b'a'; 99_999], b"."]).contains("list instead")
    );
    assert!(pickle(&[&vec![b'N'; 2_000_001]]).contains("more than 2000000 instructions"));
    assert!(pickle(&[b"\x80\x02}(X\x01\0\0\0wNX\x01\0\0\0wNu."]).contains("two entries \"w\""));
    for cut in [
        &b"\x80\x02\x8b\xff\xff\xff\x7f"[..],
        b"X\xff\xff\xff\xff",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"cos",
        b"",
    ] {
        assert!(pickle(&[cut]).contains("cut off"), "{cut:?}");
    }
    for name in [
        "builtins\neval",
        "torch\nload",
        "torch.hub\nload",
        "__main__\nNet",
        "numpy\nfromfile",
    ] {
        let error = pickle(&[b"c", name.as_bytes(), b"\n)R."]);
        assert!(
            error.contains(&format!("refuses to call {}", name.replace('\n', "."))),
            "{error}"
        );
        let (module, name) = name.split_once('\n').unwrap();
        let short = |text: &str| [&[0x8c, text.len() as u8], text.as_bytes()].concat();
        let error = pickle(&[b"\x80\x04", &short(module), &short(name), b"\x93)R."]);
        assert!(error.contains("refuses to call"), "{error}");
    }
    for other in [b'i', b'o', b'P', b'S', 0x81, 0x92, 0x82, 0x97] {
        assert!(pickle(&[&[other, b'\n', b'\n']]).contains("which no state dict needs"));
    }
}

const SEEDS: [&[u8]; 4] = [
    include_bytes!("../golden/checkpoints/net.safetensors"),
    include_bytes!("../golden/checkpoints/types.npz"),
    include_bytes!("../golden/checkpoints/compressed.npz"),
    include_bytes!("../golden/checkpoints/strided.pt"),
];

/// What happens to a file between the program that wrote it and us.
#[derive(Debug, Clone)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Truncate(prop::sample::Index),
    /// Copies the bytes from the first index to the second place.
    Splice(prop::sample::Index, prop::sample::Index, u8),
}

fn damage() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<prop::sample::Index>;
    let flip = (index(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit));
    let truncate = index().prop_map(Damage::Truncate);
    let splice =
        (index(), index(), any::<u8>()).prop_map(|(from, to, n)| Damage::Splice(from, to, n));
    prop::collection::vec(prop_oneof![6 => flip, 1 => truncate, 2 => splice], 1..6)
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Damage::Truncate(at) => bytes.truncate(at.index(length)),
            Damage::Splice(from, to, count) => {
                let from = from.index(length);
                let piece = bytes[from..length.min(from + usize::from(*count))].to_vec();
                let at = to.index(length);
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// Reading and interpreting end, one way or the other.
fn survives(bytes: &[u8]) {
    if let Ok(checkpoint) = parse(bytes) {
        interpret(checkpoint.arrays, &Reading::default()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn damaged_files_end_in_an_error_or_in_arrays(seed in 0..SEEDS.len(), damages in damage()) {
        survives(&damaged(SEEDS[seed], &damages));
    }

    /// Within a whole zip, whose checksums would catch the damage first.
    #[test]
    fn damaged_pickles_end_in_an_error_or_in_arrays(damages in damage()) {
        let storage = [0; 64];
        let pickle = state_dict(1, &[3, 4], &[4, 1]);
        survives(&pytorch(&damaged(&pickle, &damages), &storage));
    }

    #[test]
    fn damaged_arrays_end_in_an_error_or_in_arrays(damages in damage()) {
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n";
        let array = damaged(&npy(header, &[0; 24]), &damages);
        survives(&zip(&[("w.npy", &array)]));
    }

    #[test]
    fn damaged_headers_end_in_an_error_or_in_arrays(damages in damage()) {
        let header = r#"{"w":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}}"#;
        let header = damaged(header.as_bytes(), &damages);
        let length = (header.len() as u64).to_le_bytes();
        survives(&[&length[..], &header, &[0; 12]].concat());
    }
}
