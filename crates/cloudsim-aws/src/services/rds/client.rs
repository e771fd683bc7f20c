//! A server's client of a database: which instance it talks to, and how long it believes an old address.

use super::{Accept, Databases, DnsCaching, InstanceSlot};
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_world::DatabaseId;

/// What one server knows about the writer of one database: an address, how old it is, and whether it is connected.
///
/// While it is connected it needs no DNS. When the connection breaks, the remembered address has an age that depends on
/// the server (its pool looked the name up now and then), so servers of one kind come back one after the other.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseClient {
    database: DatabaseId,
    /// Where the server is, which says what it takes for the name.
    region: u32,
    /// How long an answer is used; `None` for ever.
    keeps: Option<SimDuration>,
    /// When, counted in rounds of `keeps`, answers are renewed while it is connected.
    phase: SimDuration,
    resolved: InstanceSlot,
    expires: SimTime,
    /// The epoch of the instance it is connected to.
    connected: Option<u32>,
}

impl DatabaseClient {
    /// The client of a server of a region that starts at `now` and looks the name up at once; the uniform `word` is its phase.
    #[must_use]
    pub fn new(
        caching: DnsCaching,
        databases: &Databases,
        (database, region): (DatabaseId, u32),
        now: SimTime,
        word: u64,
    ) -> Self {
        let keeps = match caching {
            DnsCaching::HonourTtl => Some(databases.ttl(database)),
            DnsCaching::CacheFor(span) => Some(span),
            DnsCaching::CacheForEver => None,
        };
        let span = keeps.unwrap_or(SimDuration::ZERO).as_nanos();
        let phase = u64::try_from((u128::from(word) * u128::from(span)) >> 64).expect("below the span");
        let resolved = databases.writer_name_in(database, region);
        let connected = databases.accepts(resolved, true) == Accept::Ok;
        Self {
            database,
            region,
            keeps,
            phase: SimDuration::from_nanos(phase),
            resolved,
            expires: now.saturating_add(keeps.unwrap_or(SimDuration::ZERO)),
            connected: connected.then(|| databases.epoch(resolved)),
        }
    }

    /// The instance that the next statement for the writer goes to.
    #[inline]
    pub fn instance_for(&mut self, databases: &Databases, now: SimTime) -> InstanceSlot {
        if let Some(epoch) = self.connected {
            if databases.epoch(self.resolved) == epoch {
                return self.resolved;
            }
            self.connected = None;
            self.expires = self.renewal_after(now);
        }
        if let Some(keeps) = self.keeps
            && now >= self.expires
        {
            self.resolved = databases.writer_name_in(self.database, self.region);
            self.expires = now.saturating_add(keeps);
        }
        self.resolved
    }

    /// When the answer that it remembers at `now` gets too old.
    fn renewal_after(&self, now: SimTime) -> SimTime {
        match self.keeps {
            Some(keeps) if !keeps.is_zero() => {
                let into = (u128::from(now.as_nanos()) + u128::from(self.phase.as_nanos()))
                    % u128::from(keeps.as_nanos());
                let into = u64::try_from(into).expect("below the span");
                now.saturating_add(SimDuration::from_nanos(keeps.as_nanos() - into))
            }
            _ => now,
        }
    }

    /// The instance that [`DatabaseClient::instance_for`] named has answered: the connection is used from now on.
    #[inline]
    pub fn connect(&mut self, databases: &Databases) {
        self.connected = Some(databases.epoch(self.resolved));
    }

    /// Whether it has a connection that was not lost, as far as it can know.
    #[must_use]
    pub fn is_connected(&self, databases: &Databases) -> bool {
        self.connected == Some(databases.epoch(self.resolved))
    }
}
