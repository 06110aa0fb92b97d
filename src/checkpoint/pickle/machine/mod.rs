//! The instructions.

mod calls;
mod stack;

use std::collections::HashMap;

use super::{Fault, Global, Id, Value, Values, known, shown};

/// Most instructions that are followed.
const MOST_INSTRUCTIONS: usize = 2_000_000;

/// Follows a pickle.
pub(in crate::checkpoint) fn load(bytes: &[u8]) -> Result<Values, Fault> {
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
}

fn global(module: &str, name: &str) -> Result<Global, Stop> {
    known(module, name).ok_or_else(|| Stop::Global(shown(&format!("{module}.{name}"))))
}
