//! A machine for the pickles of state dicts. It calls nothing.
//!
//! A pickle is a program for a stack machine that may import and call any Python
//! function. This machine has the instructions that a dictionary of tensors needs,
//! and knows a handful of globals by name, none of which it looks up anywhere:
//! calling one of them makes a [`Value`]. Any other global ends the reading.
//!
//! Each instruction takes at least one byte of the pickle and makes at most one
//! value, values refer to each other by index, and none is ever copied. So nested,
//! shared and cyclic values cost no more than the instructions that make them.
//!
//! # Reference
//!
//! CPython, `Lib/pickle.py` and `Lib/pickletools.py`.

mod machine;

pub(super) use machine::load;

/// Index of a value.
pub(super) type Id = usize;

/// What a pickle makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Int(i64),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage),
    Tensor(Tensor),
    /// A value that no array depends on, by the name of its type.
    Other(&'static str),
}

/// What a pickle may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    /// As [`RebuildTensor`](Self::RebuildTensor) with the type of the numbers.
    RebuildTensorOfType,
    RebuildParameter,
    Size,
    Device,
    /// A type of numbers or of the storages of such numbers.
    Type(Type),
}

/// A type of numbers in a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    F16,
    Bf16,
    F32,
    F64,
    /// A type that is no weight's, by name.
    Other(&'static str),
    /// Bytes; the tensor says of what.
    Untyped,
}

/// A storage in another entry of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) kind: Type,
    /// A text: the name of the entry.
    pub(super) key: Id,
}

/// A tensor: numbers of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tensor {
    pub(super) storage: Storage,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// Why a pickle was not followed to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It names something that is not known: module and name.
    Global(String),
    /// It is no pickle of a state dict.
    Problem { problem: String, at: usize },
}

/// What a pickle made.
#[derive(Debug)]
pub(super) struct Values {
    values: Vec<Value>,
    /// What the pickle is of.
    pub(super) root: Id,
}

impl Values {
    pub(super) fn get(&self, id: Id) -> &Value {
        &self.values[id] // ids are made by pushing
    }
}

/// The beginning of a text from a file, fit for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// The globals of state dicts.
fn known(module: &str, name: &str) -> Option<Global> {
    Some(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTensorOfType,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            Global::RebuildParameter
        }
        ("torch", "Size") => Global::Size,
        ("torch", "device") => Global::Device,
        ("torch.storage", "UntypedStorage") | ("torch", "UntypedStorage") => {
            Global::Type(Type::Untyped)
        }
        ("torch", name) => Global::Type(number(name)?),
        _ => return None,
    })
}

/// A type by the name of its storage or of its dtype.
fn number(name: &str) -> Option<Type> {
    const OTHERS: [(&str, &str); 17] = [
        ("ByteStorage", "uint8"),
        ("CharStorage", "int8"),
        ("ShortStorage", "int16"),
        ("IntStorage", "int32"),
        ("LongStorage", "int64"),
        ("BoolStorage", "bool"),
        ("ComplexFloatStorage", "complex64"),
        ("ComplexDoubleStorage", "complex128"),
        ("", "uint16"),
        ("", "uint32"),
        ("", "uint64"),
        ("", "float8_e4m3fn"),
        ("", "float8_e5m2"),
        ("", "float8_e4m3fnuz"),
        ("", "float8_e5m2fnuz"),
        ("", "float8_e8m0fnu"),
        ("", "complex32"),
    ];
    Some(match name {
        "FloatStorage" | "float32" => Type::F32,
        "HalfStorage" | "float16" => Type::F16,
        "BFloat16Storage" | "bfloat16" => Type::Bf16,
        "DoubleStorage" | "float64" => Type::F64,
        _ => {
            let mut others = OTHERS.iter();
            let (_, name) = others.find(|(storage, dtype)| name == *storage || name == *dtype)?;
            Type::Other(name)
        }
    })
}
