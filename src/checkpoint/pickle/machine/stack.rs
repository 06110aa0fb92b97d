//! Bytes, and the stack that the instructions work on.

use super::{Machine, Stop};
use crate::checkpoint::pickle::{Id, Value};

impl<'a> Machine<'a> {
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or("the pickle is cut off")?;
        self.at += count;
        Ok(taken)
    }

    /// A little-endian number of `size` bytes, at most 8.
    pub(super) fn number(&mut self, size: usize) -> Result<u64, Stop> {
        let bytes = self.take(size)?.iter().rev();
        Ok(bytes.fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// As many bytes as a number of `size` bytes says.
    fn counted(&mut self, size: usize) -> Result<&'a [u8], Stop> {
        let count = usize::try_from(self.number(size)?);
        self.take(count.unwrap_or(usize::MAX))
    }

    pub(super) fn line(&mut self) -> Result<String, Stop> {
        let rest = &self.bytes[self.at..]; // at is never past the end
        let end = rest.iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or("the pickle is cut off")?)?;
        self.take(1)?;
        Ok(String::from_utf8_lossy(line).into_owned())
    }

    pub(super) fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    pub(super) fn push_number(&mut self, size: usize) -> Result<(), Stop> {
        let number = self.number(size)? as i64; // of at most 2 bytes
        self.push(Value::Int(number));
        Ok(())
    }

    pub(super) fn push_long(&mut self, length: u64) -> Result<(), Stop> {
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

    pub(super) fn push_text(&mut self, size: usize) -> Result<(), Stop> {
        let text = String::from_utf8_lossy(self.counted(size)?).into_owned();
        self.push(Value::Text(text));
        Ok(())
    }

    pub(super) fn push_bytes(&mut self, size: usize) -> Result<(), Stop> {
        self.counted(size)?;
        self.push(Value::Other("bytes"));
        Ok(())
    }

    pub(super) fn push_tuple(&mut self, count: usize) -> Result<(), Stop> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(self.pop()?);
        }
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    pub(super) fn top(&self) -> Result<Id, Stop> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        let top = self.stack.get(bottom..).and_then(|items| items.last());
        Ok(*top.ok_or("a value is missing")?)
    }

    pub(super) fn pop(&mut self) -> Result<Id, Stop> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// The values above the last mark.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<Id>, Stop> {
        let mark = self.marks.pop().ok_or("a mark is missing")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    pub(super) fn remember(&mut self, key: u32) -> Result<(), Stop> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    pub(super) fn recall(&mut self, size: usize) -> Result<(), Stop> {
        let key = self.number(size)? as u32;
        let id = self
            .memo
            .get(&key)
            .ok_or("a value is recalled that was never kept")?;
        self.stack.push(*id);
        Ok(())
    }

    pub(super) fn extend_list(&mut self, items: Vec<Id>) -> Result<(), Stop> {
        let list = self.top()?;
        match &mut self.values[list] {
            Value::List(list) => list.extend(items),
            _ => return Err("an item for what is no list".into()),
        }
        Ok(())
    }

    pub(super) fn extend_dict(&mut self, items: &[Id]) -> Result<(), Stop> {
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
}
