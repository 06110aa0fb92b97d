//! What calls of known globals make: tensors and what they are made of.

use super::{Machine, Stop};
use crate::checkpoint::pickle::{Global, Id, Storage, Tensor, Value};

/// Most axes of a tensor.
const MOST_AXES: usize = 16;

impl Machine<'_> {
    /// Makes what calling a known global would.
    pub(super) fn reduce(&mut self, function: Id, arguments: Id) -> Result<(), Stop> {
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
    pub(super) fn storage(&self, id: Id) -> Option<Storage> {
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
