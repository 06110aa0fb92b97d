//! The order of the layers, as it was given or as the file tells it.

use std::collections::HashSet;

use super::Layer;
use super::arrays::Module;
use super::order::Item;
use super::reading::Reading;
use super::wiring::{Chain, Evidence};
use crate::measure::MeasureError;

/// Puts the modules in the order that was given if it names batch norms too, and tells
/// whether it does.
///
/// # Errors
/// An order that names some of the norms.
pub(super) fn reorder(modules: &mut [Module], order: &[String]) -> Result<bool, MeasureError> {
    let place = |module: &Module| order.iter().position(|name| *name == module.name);
    let norms: Vec<&Module> = modules.iter().filter(|m| m.mean.is_some()).collect();
    let named = norms.iter().filter(|norm| place(norm).is_some()).count();
    if named == 0 {
        return Ok(false);
    }
    if named < norms.len() {
        return Err(order_error(order, modules.iter().map(|m| &*m.name)));
    }
    modules.sort_by_key(|module| place(module).unwrap_or(order.len()));
    Ok(true)
}

fn order_error<'a>(order: &[String], known: impl Iterator<Item = &'a str>) -> MeasureError {
    MeasureError::Order {
        given: order.join(", "),
        known: known.collect::<Vec<_>>().join(", "),
    }
}

/// The chain that the layers make, by their places among the items, or why they make
/// none.
///
/// # Errors
/// An order that does not name every layer once.
pub(super) fn chain(
    names: &[String],
    items: &[Item],
    reading: &Reading,
) -> Result<Result<Chain, String>, MeasureError> {
    let (places, layers): (Vec<usize>, Vec<&Layer>) = (items.iter().enumerate())
        .filter_map(|(at, item)| match item {
            Item::Layer(layer) => Some((at, layer)),
            _ => None,
        })
        .unzip();
    let is_norm = |name: &&String| {
        let at = names.iter().position(|known| known == *name);
        at.is_some_and(|at| matches!(items[at], Item::Norm(_)))
    };
    let given = match &reading.order {
        None => None,
        Some(order) => {
            let place = |name: &String| layers.iter().position(|layer| layer.name == *name);
            let order_of_layers = order.iter().filter(|name| !is_norm(name));
            let given: Option<Vec<usize>> = order_of_layers.map(place).collect();
            let each_once = |given: &Vec<usize>| {
                let distinct: HashSet<usize> = given.iter().copied().collect();
                distinct.len() == layers.len() && given.len() == layers.len()
            };
            let known = layers.iter().map(|layer| &*layer.name);
            Some(
                given
                    .filter(each_once)
                    .ok_or_else(|| order_error(order, known))?,
            )
        }
    };
    let evidence = Evidence {
        given,
        arrays: &reading.array_order,
        widths: reading.widths,
    };
    Ok(Chain::of(&layers, evidence).map(|chain| Chain {
        order: chain.order.into_iter().map(|at| places[at]).collect(),
        source: chain.source,
    }))
}
