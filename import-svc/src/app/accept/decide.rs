//! Whether the plan still holds, and whether its seats are there.

use platform::caller::Caller;
use platform::tenant::Tenant;
use proto::refusal::{Reason, Refusal};

use super::Accept;
use crate::app::halt::Halt;
use crate::app::lookup::Lookup;
use crate::app::{App, ROWS, owner, releasing};
use crate::domain::import::Import;
use crate::domain::person::Person;
use crate::domain::plan::accept::Declined;
use crate::domain::plan::{Counts, Fate};
use crate::store::import_blocks::write::Change;
use crate::store::import_blocks::{self, Outcomes, Slice};

/// Others may take seats between the look and the reservation.
const TRIES: usize = 3;

/// What becomes of the call.
pub enum Decision {
    /// Seats are reserved.
    Go {
        /// How many.
        seats: u32,
        /// How many were free.
        free: u32,
    },
    /// Nothing changed.
    Declined(Refusal),
    /// Rows mean something else now.
    Stale {
        /// Which, and what.
        changes: Vec<Change>,
        /// The new totals.
        counts: Counts,
        /// Seats that are free now.
        free: u32,
        /// The directory's.
        version: i64,
    },
}

/// Looks again and reserves.
pub async fn decide(
    app: &App,
    caller: &Caller,
    tenant: Tenant,
    import: &Import,
    accept: &Accept,
) -> Result<Decision, Halt> {
    // Errors first: seats do not matter then.
    if let Err(declined) = import.counts.accept(u32::MAX, accept.mode, accept.out) {
        return Ok(Decision::Declined(refusal(declined)));
    }
    let lookup = Lookup::relayed(&app.peers, caller, import)?;
    if import.claim.is_some() {
        // An acceptance that died may hold seats, which would not be free for this one.
        releasing(app, import).await?;
    }
    let version = lookup.ask(Vec::new()).await?.version();
    // Who holds a seat or is deactivated may change without the directory's version.
    let seats_matter = lookup.seats.is_some() && import.counts.updated + import.counts.unchanged > 0;
    if version != import.directory_version || seats_matter {
        let (changes, counts) = look_again(app, tenant, &lookup, import).await?;
        if !changes.is_empty() {
            return Ok(Decision::Stale { changes, counts, free: lookup.free().await?, version });
        }
    }
    reserve(&lookup, import, accept).await
}

/// What every row that can be imported means now; no changes if each means what was seen. Somebody else at
/// the same address is nothing that was seen, but must not be missed once there are changes: a row that is
/// unchanged by then is not looked up again.
async fn look_again(
    app: &App,
    tenant: Tenant,
    lookup: &Lookup,
    import: &Import,
) -> Result<(Vec<Change>, Counts), Halt> {
    let (mut changes, mut counts, mut after, mut stale) = (Vec::new(), import.counts, 0, false);
    loop {
        let slice = Slice { import: import.id, after, outcomes: Outcomes::IMPORTABLE };
        let rows = import_blocks::page(&mut app.db.of(tenant).read().await?, tenant, slice, ROWS).await?;
        let Some(last) = rows.last() else { break };
        after = last.line;
        let people: Vec<&Person> = rows.iter().filter_map(|row| row.person.as_ref()).collect();
        let emails = people.iter().map(|person| person.email.clone()).collect();
        let answers = lookup.ask(emails).await?;
        let rows = rows.iter().filter(|row| row.person.is_some());
        for ((row, person), (user, known)) in rows.zip(&people).zip(answers.iter()) {
            let fate = Fate::of(row.line, person, &known);
            let (before, now) = ((row.disposition, row.needs_seat), (fate.disposition, fate.needs_seat));
            stale |= before != now;
            if before != now || row.user != user {
                counts.replace(before, now);
                changes.push(Change {
                    line: row.line,
                    disposition: fate.disposition,
                    needs_seat: fate.needs_seat,
                    user,
                    license_enabled: false,
                });
            }
        }
    }
    Ok((if stale { changes } else { Vec::new() }, counts))
}

async fn reserve(lookup: &Lookup, import: &Import, accept: &Accept) -> Result<Decision, Halt> {
    for _ in 0..TRIES {
        let free = lookup.free().await?;
        let seats = match import.counts.accept(free, accept.mode, accept.out) {
            Ok(seats) => seats,
            Err(declined) => return Ok(Decision::Declined(refusal(declined))),
        };
        let Some(pool) = lookup.seats.as_ref().filter(|_| seats > 0) else {
            return Ok(Decision::Go { seats: 0, free });
        };
        match pool.reserve(owner(import), seats).await {
            Ok(()) => return Ok(Decision::Go { seats, free }),
            Err(Halt::Never(taken)) if taken.reason == Reason::InsufficientSeats => {}
            Err(Halt::Never(refused)) if refused.reason == Reason::PoolOverAllocated => {
                return Ok(Decision::Declined(refused));
            }
            Err(halt) => return Err(halt),
        }
    }
    Err(Halt::Later("license"))
}

fn refusal(declined: Declined) -> Refusal {
    let text = declined.to_string();
    match declined {
        Declined::HasErrors { errors } => {
            Refusal::new(Reason::ImportHasErrors, text).with("errors", errors.to_string())
        }
        Declined::NothingToImport => Refusal::new(Reason::ImportHasErrors, text),
        Declined::InsufficientSeats { required, free, shortfall } => {
            Refusal::new(Reason::InsufficientSeats, text)
                .with("seatsRequired", required.to_string())
                .with("seatsFree", free.to_string())
                .with("shortfall", shortfall.to_string())
        }
    }
}
