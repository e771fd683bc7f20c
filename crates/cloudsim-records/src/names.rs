//! What entities are called, learnt from the records themselves.

use crate::{EntityId, EntityInfo, EntityKind, Record};

/// All entities that the records have announced so far, and the classes of requests.
#[derive(Clone, Debug, Default)]
pub struct Names {
    entities: Vec<Option<EntityInfo>>,
    classes: Vec<String>,
}

impl Names {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns from [`Record::RunStarted`] and [`Record::EntityAdded`]; other records say nothing new.
    pub fn observe(&mut self, record: &Record) {
        match record {
            Record::RunStarted(run) => {
                self.entities = run.entities.iter().cloned().map(Some).collect();
                self.classes.clone_from(&run.classes);
            }
            Record::EntityAdded(entity) => {
                let place = entity.id.0 as usize;
                if self.entities.len() <= place {
                    self.entities.resize(place + 1, None);
                }
                self.entities[place] = Some((**entity).clone());
            }
            _ => {}
        }
    }

    /// An entity; `None` if no record has announced it.
    #[must_use]
    pub fn entity(&self, id: EntityId) -> Option<&EntityInfo> {
        self.entities.get(id.0 as usize)?.as_ref()
    }

    /// An entity's name; `?` if no record has announced it.
    #[must_use]
    pub fn name(&self, id: EntityId) -> &str {
        self.entity(id).map_or("?", |entity| &entity.name)
    }

    /// The name of a class of requests; `?` if the run has no such class.
    #[must_use]
    pub fn class(&self, class: u16) -> &str {
        self.classes.get(usize::from(class)).map_or("?", String::as_str)
    }

    /// The class of requests of that name.
    pub(crate) fn class_called(&self, name: &str) -> Option<u16> {
        self.classes.iter().position(|class| class == name).and_then(|place| u16::try_from(place).ok())
    }

    /// So many numbers are known, or passed over.
    pub(crate) fn count(&self) -> usize {
        self.entities.len()
    }

    /// Learns the classes of requests alone.
    pub(crate) fn learn_classes(&mut self, classes: Vec<String>) {
        self.classes = classes;
    }

    /// The entity of a kind with a name.
    #[must_use]
    pub fn find(&self, kind: EntityKind, name: &str) -> Option<&EntityInfo> {
        self.iter().find(|entity| entity.kind == kind && entity.name == name)
    }

    /// All entities, by number.
    pub fn iter(&self) -> impl Iterator<Item = &EntityInfo> {
        self.entities.iter().flatten()
    }

    /// All entities of a kind, by number.
    pub fn of_kind(&self, kind: EntityKind) -> impl Iterator<Item = &EntityInfo> {
        self.iter().filter(move |entity| entity.kind == kind)
    }
}
