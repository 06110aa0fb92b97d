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

use std::collections::HashMap;

/// Most instructions that are followed.
const MOST_INSTRUCTIONS: usize = 2_000_000;
/// Most axes of a tensor.
const MOST_AXES: usize = 16;

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

/// Follows a pickle.
pub(super) fn load(bytes: &[u8]) -> Result<Values, Fault> {
    let mut machine = Machine {
        bytes,
        at: 0,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let mut instructions = 0;
    loop {
        let at = machine.at;
        instructions += 1;
        let done = if instructions > MOST_INSTRUCTIONS {
            Err(Stop::Problem(format!(
                "more than {MOST_INSTRUCTIONS} instructions"
            )))
        } else {
            machine.step()
        };
        match done {
            Ok(None) => {}
            Ok(Some(root)) => {
                let values = machine.values;
                return Ok(Values { values, root });
            }
            Err(Stop::Global(name)) => return Err(Fault::Global(name)),
            Err(Stop::Problem(problem)) => return Err(Fault::Problem { problem, at }),
        }
    }
}

enum Stop {
    Global(String),
    Problem(String),
}

impl From<&str> for Stop {
    fn from(problem: &str) -> Self {
        Self::Problem(problem.to_owned())
    }
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Follows one instruction; the value the pickle is of when it stops.
    fn step(&mut self) -> Result<Option<Id>, Stop> {
        match self.number(1)? as u8 {
            0x80 => {
                self.take(1)?; // PROTO
            }
            0x95 => {
                self.take(8)?; // FRAME
            }
            b'.' => return self.pop().map(Some),       // STOP
            b'(' => self.marks.push(self.stack.len()), // MARK
            b'0' => {
                // POP
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop()?;
                }
            }
            b'1' => {
                self.pop_mark()?; // POP_MARK
            }
            b'2' => {
                // DUP
                let top = self.top()?;
                self.stack.push(top);
            }
            b'N' => self.push(Value::Other("None")),
            0x88 | 0x89 => self.push(Value::Other("bool")), // NEWTRUE, NEWFALSE
            b'J' => {
                // BININT
                let number = self.number(4)? as u32;
                self.push(Value::Int(i64::from(number.cast_signed())));
            }
            b'K' => self.push_number(1)?, // BININT1
            b'M' => self.push_number(2)?, // BININT2
            0x8a => {
                let length = self.number(1)?; // LONG1
                self.push_long(length)?;
            }
            0x8b => {
                let length = self.number(4)?; // LONG4
                self.push_long(length)?;
            }
            b'G' => {
                self.take(8)?; // BINFLOAT
                self.push(Value::Other("float"));
            }
            b'X' => self.push_text(4)?,                  // BINUNICODE
            0x8c => self.push_text(1)?,                  // SHORT_BINUNICODE
            0x8d => self.push_text(8)?,                  // BINUNICODE8
            b'T' => self.push_text(4)?,                  // BINSTRING
            b'U' => self.push_text(1)?,                  // SHORT_BINSTRING
            b'B' => self.push_bytes(4)?,                 // BINBYTES
            b'C' => self.push_bytes(1)?,                 // SHORT_BINBYTES
            0x8e => self.push_bytes(8)?,                 // BINBYTES8
            b')' => self.push(Value::Tuple(Vec::new())), // EMPTY_TUPLE
            b't' => {
                let items = self.pop_mark()?; // TUPLE
                self.push(Value::Tuple(items));
            }
            count @ 0x85..=0x87 => self.push_tuple(usize::from(count - 0x84))?, // TUPLE1 to 3
            b']' => self.push(Value::List(Vec::new())),                         // EMPTY_LIST
            b'l' => {
                let items = self.pop_mark()?; // LIST
                self.push(Value::List(items));
            }
            b'a' => {
                let item = self.pop()?; // APPEND
                self.extend_list(vec![item])?;
            }
            b'e' => {
                let items = self.pop_mark()?; // APPENDS
                self.extend_list(items)?;
            }
            b'}' => self.push(Value::Dict(Vec::new())), // EMPTY_DICT
            b'd' => {
                let items = self.pop_mark()?; // DICT
                self.push(Value::Dict(Vec::new()));
                self.extend_dict(&items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?); // SETITEM
                self.extend_dict(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_mark()?; // SETITEMS
                self.extend_dict(&items)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?); // GLOBAL
                self.push(Value::Global(global(&module, &name)?));
            }
            0x93 => {
                // STACK_GLOBAL
                let (name, module) = (self.pop()?, self.pop()?);
                let global = match (&self.values[module], &self.values[name]) {
                    (Value::Text(module), Value::Text(name)) => global(module, name)?,
                    _ => return Err("the name of a global is no text".into()),
                };
                self.push(Value::Global(global));
            }
            b'R' => {
                // REDUCE
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.reduce(function, arguments)?;
            }
            b'b' => {
                // BUILD: the attributes of a dictionary, such as PyTorch's versions
                self.pop()?;
                if !matches!(self.values[self.top()?], Value::Dict(_)) {
                    return Err("attributes of what is no dictionary".into());
                }
            }
            b'q' => {
                let key = self.number(1)?; // BINPUT
                self.remember(key as u32)?;
            }
            b'r' => {
                let key = self.number(4)?; // LONG_BINPUT
                self.remember(key as u32)?;
            }
            0x94 => self.remember(self.memo.len() as u32)?, // MEMOIZE
            b'h' => self.recall(1)?,                        // BINGET
            b'j' => self.recall(4)?,                        // LONG_BINGET
            b'Q' => {
                let id = self.pop()?; // BINPERSID
                let storage = self
                    .storage(id)
                    .ok_or("a reference that is to no storage")?;
                self.push(Value::Storage(storage));
            }
            other => {
                return Err(Stop::Problem(format!(
                    "instruction {other:#04x}, which no state dict needs"
                )));
            }
        }
        Ok(None)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or("the pickle is cut off")?;
        self.at += count;
        Ok(taken)
    }

    /// A little-endian number of `size` bytes, at most 8.
    fn number(&mut self, size: usize) -> Result<u64, Stop> {
        let bytes = self.take(size)?.iter().rev();
        Ok(bytes.fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// As many bytes as a number of `size` bytes says.
    fn counted(&mut self, size: usize) -> Result<&'a [u8], Stop> {
        let count = usize::try_from(self.number(size)?);
        self.take(count.unwrap_or(usize::MAX))
    }

    fn line(&mut self) -> Result<String, Stop> {
        let rest = &self.bytes[self.at..]; // at is never past the end
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or("the pickle is cut off")?)?;
        self.take(1)?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn push_number(&mut self, size: usize) -> Result<(), Stop> {
        let number = self.number(size)? as i64; // of at most 2 bytes
        self.push(Value::Int(number));
        Ok(())
    }

    fn push_long(&mut self, length: u64) -> Result<(), Stop> {
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        if bytes.len() > 8 {
            self.push(Value::Other("int"));
            return Ok(());
        }
        let negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(number)));
        Ok(())
    }

    fn push_text(&mut self, size: usize) -> Result<(), Stop> {
        let text = String::from_utf8_lossy(self.counted(size)?).into_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    fn push_bytes(&mut self, size: usize) -> Result<(), Stop> {
        self.counted(size)?;
        self.push(Value::Other("bytes"));
        Ok(())
    }

    fn push_tuple(&mut self, count: usize) -> Result<(), Stop> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn top(&self) -> Result<Id, Stop> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(bottom..).and_then(|items| items.last());
        Ok(*top.ok_or("a value is missing")?)
    }

    fn pop(&mut self) -> Result<Id, Stop> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// The values above the last mark.
    fn pop_mark(&mut self) -> Result<Vec<Id>, Stop> {
        let mark = self.marks.pop().ok_or("a mark is missing")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn remember(&mut self, key: u32) -> Result<(), Stop> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, size: usize) -> Result<(), Stop> {
        let key = self.number(size)? as u32;
        let id = self
            .memo
            .get(&key)
            .ok_or("a value is recalled that was never kept")?;
        self.stack.push(*id);
        Ok(())
    }

    fn extend_list(&mut self, items: Vec<Id>) -> Result<(), Stop> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            _ => return Err("an item for what is no list".into()),
        }
        Ok(())
    }

    fn extend_dict(&mut self, items: &[Id]) -> Result<(), Stop> {
        let dict = self.top()?;
        let (pairs, rest) = items.as_chunks::<2>();
        match &mut self.values[dict] {
            Value::Dict(dict) if rest.is_empty() => {
                dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
            }
            _ => return Err("an entry for what is no dictionary".into()),
        }
        Ok(())
    }

    /// Makes what calling a known global would.
    fn reduce(&mut self, function: Id, arguments: Id) -> Result<(), Stop> {
        let (Value::Global(global), Value::Tuple(arguments)) =
            (&self.values[function], &self.values[arguments])
        else {
            return Err("a call of what is no function".into());
        };
        let unfit = || Stop::Problem(format!("arguments that do not fit {global:?}"));
        let value = match (global, &arguments[..]) {
            (Global::OrderedDict, []) => Value::Dict(Vec::new()),
            (Global::Device, _) => Value::Other("torch.device"),
            (Global::Size, &[same]) | (Global::RebuildParameter, &[same, ..]) => {
                self.stack.push(same);
                return Ok(());
            }
            (Global::RebuildTensor, &[storage, offset, size, strides, ..]) => {
                let tensor = self.tensor([storage, offset, size, strides], None);
                Value::Tensor(tensor.ok_or_else(unfit)?)
            }
            (Global::RebuildTensorOfType, &[storage, offset, size, strides, _, _, kind, ..]) => {
                let tensor = self.tensor([storage, offset, size, strides], Some(kind));
                Value::Tensor(tensor.ok_or_else(unfit)?)
            }
            _ => return Err(unfit()),
        };
        self.push(value);
        Ok(())
    }

    fn tensor(
        &self,
        [storage, offset, size, strides]: [Id; 4],
        kind: Option<Id>,
    ) -> Option<Tensor> {
        let Value::Storage(storage) = &self.values[storage] else {
            return None;
        };
        let mut storage = *storage;
        if let Some(kind) = kind {
            let Value::Global(Global::Type(kind)) = self.values[kind] else {
                return None;
            };
            storage.kind = kind;
        }
        let (shape, strides) = (self.lengths(size)?, self.lengths(strides)?);
        (shape.len() == strides.len()).then_some(Tensor {
            storage,
            offset: self.length(offset)?,
            shape,
            strides,
        })
    }

    fn length(&self, id: Id) -> Option<usize> {
        match self.values[id] {
            Value::Int(number) => number.try_into().ok(),
            _ => None,
        }
    }

    fn lengths(&self, id: Id) -> Option<Vec<usize>> {
        match &self.values[id] {
            Value::Tuple(items) if items.len() <= MOST_AXES => {
                items.iter().map(|&item| self.length(item)).collect()
            }
            _ => None,
        }
    }

    /// `("storage", type, key, location, numbers)`.
    fn storage(&self, id: Id) -> Option<Storage> {
        let Value::Tuple(items) = &self.values[id] else {
            return None;
        };
        let &[tag, kind, key, ..] = &items[..] else {
            return None;
        };
        match (&self.values[tag], &self.values[kind], &self.values[key]) {
            (Value::Text(tag), &Value::Global(Global::Type(kind)), Value::Text(_))
                if tag == "storage" =>
            {
                Some(Storage { kind, key })
            }
            _ => None,
        }
    }
}

fn global(module: &str, name: &str) -> Result<Global, Stop> {
    known(module, name).ok_or_else(|| Stop::Global(shown(&format!("{module}.{name}"))))
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
