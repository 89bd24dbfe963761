//! How heavy an operation is. Each fragment is weighed once, however often it is spread.

use std::collections::BTreeMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Value, Variables};

use super::table::{FieldTable, SIZE_ARGUMENTS, Size, number};
use crate::error::{Code, Problem};
use crate::limits::Limits;

/// Lists of the introspection that may stand within one another. Standard queries need one; three
/// of them multiply into the whole schema for each of its types.
const INTROSPECTION_LISTS_MAX: usize = 2;
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];

/// What an operation, or a part of it, may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// Fields asked for, lists counted by what they may hold.
    pub(super) cost: u64,
    /// Fields within fields; those of the introspection are not counted, for they cannot go deep.
    pub(super) depth: usize,
    pub(super) aliases: usize,
    /// Lists of the introspection within one another.
    lists: usize,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            aliases: self.aliases.saturating_add(other.aliases),
            lists: self.lists.max(other.lists),
        }
    }
}

pub(super) fn weigh(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
    table: &FieldTable,
    limits: &Limits,
) -> Result<Weight, Problem> {
    // As high as the engine goes before it gives up; see `schema::build`.
    let level_max = limits.depth.saturating_mul(2).saturating_add(8);
    let scale = Scale { document, operation, variables, table, level_max };
    let root = FieldTable::root(operation.ty);
    scale.set(&operation.selection_set.node, root, 0, &mut BTreeMap::new())
}

/// Whether an operation asks for a field of its root.
pub(super) fn names(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    field: &str,
) -> bool {
    let mut sets = vec![&operation.selection_set.node];
    // Every fragment is looked into once at most.
    let mut left = document.fragments.len() + 64;
    while let Some(set) = sets.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(found) if found.node.name.node == field => return true,
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) if left > 0 => {
                    left -= 1;
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    sets.extend(fragment.map(|f| &f.node.selection_set.node));
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    false
}

struct Scale<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    table: &'a FieldTable,
    level_max: usize,
}

/// Fragments weighed so far; `None`: begun and not finished.
type Weighed<'a> = BTreeMap<&'a str, Option<Weight>>;

impl<'a> Scale<'a> {
    fn set(
        &self,
        set: &'a SelectionSet,
        of_type: &str,
        level: usize,
        weighed: &mut Weighed<'a>,
    ) -> Result<Weight, Problem> {
        if level > self.level_max {
            return Err(Problem::new(
                Code::TooDeep,
                format!("the query nests more than {} fields and fragments", self.level_max),
            ));
        }
        let mut sum = Weight::default();
        for item in &set.items {
            let weight = match &item.node {
                Selection::Field(field) => self.field(&field.node, of_type, level, weighed)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let of_type = condition.map_or(of_type, |c| c.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, of_type, level + 1, weighed)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name.node, level, weighed)?
                }
            };
            sum = sum.and(weight);
        }
        Ok(sum)
    }

    fn fragment(
        &self,
        name: &'a str,
        level: usize,
        weighed: &mut Weighed<'a>,
    ) -> Result<Weight, Problem> {
        match weighed.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => {
                return Err(Problem::bad_input(format!("the fragment `{name}` contains itself")));
            }
            None => {}
        }
        // The engine refuses what is not there, with its place.
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Weight { cost: 1, ..Weight::default() });
        };
        weighed.insert(name, None);
        let fragment = &fragment.node;
        let of_type = fragment.type_condition.node.on.node.as_str();
        let mut weight = self.set(&fragment.selection_set.node, of_type, level + 1, weighed)?;
        weight.cost = weight.cost.saturating_add(1);
        weighed.insert(name, Some(weight));
        Ok(weight)
    }

    fn field(
        &self,
        field: &'a Field,
        of_type: &str,
        level: usize,
        weighed: &mut Weighed<'a>,
    ) -> Result<Weight, Problem> {
        let name = field.name.node.as_str();
        let entry = self.table.get(of_type, name);
        let holds = entry.map_or("", |entry| entry.holds.as_str());
        let mut weight = self.set(&field.selection_set.node, holds, level + 1, weighed)?;
        let times = entry.map_or(1, |entry| self.times(field, entry.size));
        weight.cost = weight.cost.saturating_mul(times).saturating_add(1);
        weight.aliases = weight.aliases.saturating_add(usize::from(field.alias.is_some()));
        weight.lists += usize::from(entry.is_none() && INTROSPECTION_LISTS.contains(&name));
        if weight.lists > INTROSPECTION_LISTS_MAX {
            return Err(Problem::new(
                Code::TooDeep,
                "the introspection nests lists of fields or types; ask for one type at a time",
            ));
        }
        weight.depth = if name.starts_with("__") { 1 } else { weight.depth.saturating_add(1) };
        Ok(weight)
    }

    fn times(&self, field: &Field, size: Size) -> u64 {
        match size {
            Size::Fixed(times) => times,
            Size::Argument(default) => {
                let given = SIZE_ARGUMENTS.iter().filter_map(|name| self.argument(field, name));
                given.filter_map(|value| number(&value)).max().unwrap_or(default)
            }
            Size::Ids => match self.argument(field, "ids") {
                Some(Value::List(ids)) => u64::try_from(ids.len()).unwrap_or(u64::MAX),
                _ => 1,
            },
        }
    }

    /// What is passed for an argument, variables put in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let (_, written) = field.arguments.iter().find(|(n, _)| n.node == name)?;
        let variable = |name: Name| self.variable(&name).ok_or(());
        written.node.clone().into_const_with(variable).ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if let Some(given) = self.variables.get(name) {
            return Some(given.clone());
        }
        let mut definitions = self.operation.variable_definitions.iter();
        let definition = definitions.find(|d| d.node.name.node == *name)?;
        definition.node.default_value.as_ref().map(|value| value.node.clone())
    }
}
