//! Roll-ups: what is counted, and that no small number can be computed from what is shown.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use forewarn_core::Policy;
use forewarn_core::notice::Remediation;
use forewarn_core::policy::DEFAULT_PROFILE;
use forewarn_core::rollup::{
    Changes, Entry, Figures, Measure, NONE, Rollup, Row, SEVERAL, Settled, Stage, Tally, Timing,
};
use forewarn_core::times::{NoticeTimes, Taken};
use jiff::Timestamp;
use proptest::prelude::*;
use support::cast::org;
use support::hour;

const NOW: i64 = 1000;

/// What a recipient did: everything a roll-up tells apart, made of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    stage: Stage,
    /// Whether the time to acknowledge, and the embargo, are over.
    over: (bool, bool),
    /// Whether it was late to acknowledge, mitigate and fix.
    late: (bool, bool, bool),
}

const STAGES: [Stage; 5] =
    [Stage::Unacknowledged, Stage::Open, Stage::NotAffected, Stage::Mitigated, Stage::Done];

fn kinds() -> Vec<Kind> {
    let bits = 0..32_u8;
    let kind = |(stage, bits): (Stage, u8)| {
        let bit = |at: u8| bits >> at & 1 == 1;
        Kind { stage, over: (bit(0), bit(1)), late: (bit(2), bit(3), bit(4)) }
    };
    STAGES.into_iter().flat_map(|stage| bits.clone().map(move |bits| kind((stage, bits)))).collect()
}

impl Kind {
    fn entry(self, sector: usize, number: usize) -> Entry {
        let Kind { stage, over, late } = self;
        let acknowledged = stage != Stage::Unacknowledged;
        let done = stage == Stage::Done;
        let mitigated = done || stage == Stage::Mitigated;
        // Nobody is late before the due time.
        let (mitigated_late, done_late) = (late.1 && over.1, (late.1 || late.2) && over.1);
        let times = NoticeTimes {
            acknowledged_at: acknowledged.then(|| hour(if late.0 && over.0 { 50 } else { 5 })),
            mitigated_at: mitigated.then(|| hour(if mitigated_late { 600 } else { 100 })),
            done_at: done.then(|| hour(if done_late { 700 } else { 200 })),
        };
        Entry {
            org: org((sector * 1000 + number) as u128),
            sent_at: hour(0),
            acknowledge_by: Some(hour(if over.0 { 10 } else { 2000 })),
            release_at: Some(hour(if over.1 { 500 } else { 3000 })),
            stage,
            taken: vec![],
            times,
        }
    }
}

/// How a step stands, by the dates alone.
fn timing(at: Option<Timestamp>, due: Option<Timestamp>) -> Timing {
    match (at, due.unwrap()) {
        (Some(at), due) if at <= due => Timing::InTime,
        (None, due) if hour(NOW) <= due => Timing::Waiting,
        _ => Timing::Late,
    }
}

/// Which of the published cells a notice is in: the row, five stages, three timings of three steps.
type Cells = [bool; 15];

/// A set of notices whose number the attacker would like to know.
type Target = Box<dyn Fn(&Cells) -> bool>;

fn cells(entry: &Entry) -> Cells {
    let mut cells = [false; 15];
    cells[0] = true;
    cells[1 + STAGES.iter().position(|stage| *stage == entry.stage).unwrap()] = true;
    let timings = [Timing::InTime, Timing::Late, Timing::Waiting];
    let place = |timing: Timing| timings.iter().position(|other| *other == timing).unwrap();
    cells[6 + place(timing(entry.times.acknowledged_at, entry.acknowledge_by))] = true;
    if entry.stage != Stage::NotAffected {
        cells[9 + place(timing(entry.times.mitigated_at, entry.release_at))] = true;
        cells[12 + place(timing(entry.times.done_at, entry.release_at))] = true;
    }
    cells
}

fn published_cells(row: &Row) -> Option<[u64; 15]> {
    let Figures { unacknowledged, open, not_affected, mitigated, done, acknowledge, mitigate, fix } =
        row.figures.as_ref()?;
    let of = |m: &Measure| [m.in_time, m.late, m.waiting];
    let (a, m, f) = (of(acknowledge), of(mitigate), of(fix));
    Some([
        row.notices,
        *unacknowledged,
        *open,
        *not_affected,
        *mitigated,
        *done,
        a[0],
        a[1],
        a[2],
        m[0],
        m[1],
        m[2],
        f[0],
        f[1],
        f[2],
    ])
}

fn name(sector: usize) -> String {
    format!("sector-{sector}")
}

/// Sector, number in the sector, and what it did.
type Population = Vec<(usize, usize, Kind)>;

fn roll_up(population: &[(usize, usize, Kind)], smallest: u32) -> Rollup {
    let mut tally = Tally::default();
    for (sector, number, kind) in population {
        tally.add(&name(*sector), &kind.entry(*sector, *number), hour(NOW));
    }
    tally.publish(smallest)
}

fn population() -> impl Strategy<Value = Population> {
    // Few kinds at a time, mostly of one moment, one of them rare, and few organisations, so that cells are about as
    // large as the limit.
    let over = proptest::option::weighted(0.8, (any::<bool>(), any::<bool>()));
    let chosen = over.prop_flat_map(|over| {
        let fitting: Vec<Kind> = kinds().into_iter().filter(|k| over.is_none_or(|o| k.over == o)).collect();
        proptest::sample::subsequence(fitting, 2..=5).prop_shuffle()
    });
    (chosen, 1..5_usize, 6..20_usize).prop_flat_map(|(chosen, sectors, orgs)| {
        let kind = (0..40_usize)
            .prop_map(move |draw| chosen[if draw == 0 { 0 } else { 1 + draw % (chosen.len() - 1) }]);
        proptest::collection::vec((0..sectors, 0..orgs, kind), 0..120)
    })
}

/// Linear equations over the numbers of notices by sector and by cells, modulo a prime.
struct Equations {
    rows: Vec<(usize, Vec<u64>)>,
}

const PRIME: u64 = 2_147_483_647;

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut result, mut square) = (1, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * square % PRIME;
        }
        square = square * square % PRIME;
        exponent >>= 1;
    }
    result
}

impl Equations {
    /// What is left of an equation once the known ones are taken off.
    fn rest(&self, mut equation: Vec<u64>) -> Vec<u64> {
        for (pivot, row) in &self.rows {
            let factor = (PRIME - equation[*pivot]) % PRIME;
            if factor != 0 {
                for (value, of_row) in equation.iter_mut().zip(row) {
                    *value = (*value + factor * of_row) % PRIME;
                }
            }
        }
        equation
    }

    fn learn(&mut self, equation: Vec<u64>) {
        let rest = self.rest(equation);
        if let Some(pivot) = rest.iter().position(|value| *value != 0) {
            let inverse = power(rest[pivot], PRIME - 2);
            self.rows.push((pivot, rest.iter().map(|value| value * inverse % PRIME).collect()));
        }
    }

    fn tells(&self, equation: Vec<u64>) -> bool {
        self.rest(equation).iter().all(|value| *value == 0)
    }
}

/// An attacker who has the roll-up, knows which sectors are in the rest, and computes. Gives the numbers it learns that
/// have fewer than `least` organisations behind them.
fn learned(population: &[(usize, usize, Kind)], rollup: &Rollup, least: usize) -> Vec<String> {
    let sectors: Vec<usize> =
        population.iter().map(|(sector, ..)| *sector).collect::<BTreeSet<_>>().into_iter().collect();
    let mut types: Vec<Cells> = kinds().iter().map(|kind| cells(&kind.entry(0, 0))).collect();
    types.sort();
    types.dedup();
    let shown: BTreeSet<&str> = rollup.sectors.iter().map(|row| row.sector.as_str()).collect();
    let mut published: Vec<(Vec<usize>, &Row)> = Vec::new();
    published.extend(rollup.total.iter().map(|row| (sectors.clone(), row)));
    for row in &rollup.sectors {
        published.push((sectors.iter().copied().filter(|s| name(*s) == row.sector).collect(), row));
    }
    let others =
        || sectors.iter().copied().filter(|s| !shown.contains(name(*s).as_str())).collect::<Vec<_>>();
    published.extend(rollup.rest.iter().map(|row| (others(), row)));
    // What is not shown follows from the total, and a zero is a zero for every sector in it.
    let mut zero: BTreeSet<(usize, usize)> = BTreeSet::new();
    let mut note_zeros = |of: &[usize], counts: &[u64; 15]| {
        for (cell, _) in counts.iter().enumerate().filter(|(_, count)| **count == 0) {
            for (at, _) in types.iter().enumerate().filter(|(_, cells)| cells[cell]) {
                zero.extend(of.iter().map(|sector| (*sector, at)));
            }
        }
    };
    let mut left = rollup.total.as_ref().and_then(published_cells);
    let mut left_sectors = sectors.clone();
    for (of, row) in &published {
        if let Some(counts) = published_cells(row) {
            note_zeros(of, &counts);
            if row.sector != "total" {
                left_sectors.retain(|sector| !of.contains(sector));
                left = left.map(|left| std::array::from_fn(|cell| left[cell] - counts[cell]));
            }
        }
    }
    left.iter().for_each(|counts| note_zeros(&left_sectors, counts));
    let equation = |of: &[usize], fits: &dyn Fn(&Cells) -> bool| {
        let unknown = sectors.iter().flat_map(|sector| (0..types.len()).map(move |at| (*sector, at)));
        let known = |(sector, at): (usize, usize)| zero.contains(&(sector, at));
        unknown
            .map(|(sector, at)| u64::from(of.contains(&sector) && fits(&types[at]) && !known((sector, at))))
            .collect::<Vec<_>>()
    };
    let mut equations = Equations { rows: vec![] };
    for (of, row) in &published {
        let told = if row.figures.is_some() { 15 } else { 1 };
        (0..told).for_each(|cell| equations.learn(equation(of, &|cells| cells[cell])));
    }
    let mut found = Vec::new();
    let pairs =
        sectors.iter().flat_map(|a| sectors.iter().filter(move |b| a <= b).map(move |b| vec![*a, *b]));
    for of in pairs {
        let mut targets: Vec<Target> = Vec::new();
        for one in 0..15 {
            targets.push(Box::new(move |cells| cells[one]));
            for other in 1..15 {
                targets.push(Box::new(move |cells| cells[one] && !cells[other]));
            }
        }
        targets.extend(
            types.iter().copied().map(|only| Box::new(move |cells: &Cells| *cells == only) as Target),
        );
        for (number, target) in targets.iter().enumerate() {
            let behind: BTreeSet<(usize, usize)> = population
                .iter()
                .filter(|(sector, number, kind)| {
                    of.contains(sector) && target(&cells(&kind.entry(*sector, *number)))
                })
                .map(|(sector, number, _)| (*sector, *number))
                .collect();
            if (1..least).contains(&behind.len()) && equations.tells(equation(&of, target.as_ref())) {
                found.push(format!("target {number} of sectors {of:?}: {} organisations", behind.len()));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_small_number_follows_from_what_is_shown(population in population(), smallest in 3..6_u32) {
        let rollup = roll_up(&population, smallest);
        let found = learned(&population, &rollup, smallest as usize);
        prop_assert!(found.is_empty(), "{:?}\n{:?}", found, rollup);
    }

    #[test]
    fn the_order_does_not_matter(population in population().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))) {
        prop_assert_eq!(roll_up(&population.0, 4), roll_up(&population.1, 4));
    }

    #[test]
    fn rows_add_up_and_every_cell_has_enough_behind_it(population in population(), smallest in 3..6_u32) {
        let rollup = roll_up(&population, smallest);
        let Some(total) = &rollup.total else {
            prop_assert!(rollup.sectors.is_empty() && rollup.rest.is_none());
            return Ok(());
        };
        let rows = rollup.sectors.iter().chain(&rollup.rest);
        prop_assert_eq!(total.notices, rows.clone().map(|row| row.notices).sum::<u64>());
        prop_assert_eq!(total.notices, population.len() as u64);
        for row in rows.chain([total]) {
            let within = |sector: usize| match row.sector.as_str() {
                "total" => true,
                "rest" => !rollup.sectors.iter().any(|other| other.sector == name(sector)),
                named => named == name(sector),
            };
            let members: Vec<_> = population.iter().filter(|(sector, ..)| within(*sector)).collect();
            let Some(counts) = published_cells(row) else {
                prop_assert_eq!(row.notices, members.len() as u64);
                continue;
            };
            for (cell, count) in counts.iter().enumerate() {
                let inside = members.iter().filter(|(s, n, kind)| cells(&kind.entry(*s, *n))[cell]);
                let behind: BTreeSet<_> = inside.clone().map(|(sector, number, _)| (sector, number)).collect();
                prop_assert_eq!(*count, inside.count() as u64);
                prop_assert!(behind.is_empty() || behind.len() >= smallest as usize);
            }
            prop_assert_eq!(counts[1..6].iter().sum::<u64>(), row.notices);
            prop_assert_eq!(counts[6..9].iter().sum::<u64>(), row.notices);
            prop_assert_eq!(counts[9..12].iter().sum::<u64>() + counts[3], row.notices);
            prop_assert_eq!(counts[12..15].iter().sum::<u64>() + counts[3], row.notices);
        }
    }
}

const IN_TIME: Kind = Kind { stage: Stage::Done, over: (true, true), late: (false, false, false) };
const SILENT: Kind = Kind { stage: Stage::Unacknowledged, over: (true, true), late: (false, false, false) };

fn many(sector: usize, numbers: std::ops::Range<usize>, kind: Kind) -> Population {
    numbers.map(|number| (sector, number, kind)).collect()
}

fn names(rollup: &Rollup) -> Vec<&str> {
    rollup.sectors.iter().map(|row| row.sector.as_str()).collect()
}

/// Every cell is large enough, but mitigated less mitigated in time is mitigated late, which is one.
#[test]
fn a_cell_that_follows_from_two_others_is_not_shown() {
    let mitigated = |late| Kind { stage: Stage::Mitigated, over: (true, true), late: (false, late, false) };
    let population =
        [many(0, 0..10, mitigated(false)), many(0, 10..11, mitigated(true)), many(0, 11..17, SILENT)];
    let population = population.concat();
    let open = roll_up(&population, 1);
    let cells = published_cells(open.total.as_ref().unwrap()).unwrap();
    assert!(cells.iter().all(|count| *count == 0 || *count >= 5), "{cells:?}");
    assert!(!learned(&population, &open, 5).is_empty());
    assert_eq!(roll_up(&population, 5).total.unwrap().figures, None);
}

/// The attack works where nothing is suppressed, so that it finds nothing elsewhere means something.
#[test]
fn the_attack_finds_what_is_not_suppressed() {
    let population = [many(0, 0..6, IN_TIME), many(1, 0..2, IN_TIME), many(0, 6..7, SILENT)].concat();
    assert!(!learned(&population, &roll_up(&population, 1), 5).is_empty());
    assert!(learned(&population, &roll_up(&population, 5), 5).is_empty());
    // Hiding the small row only is not enough: it is the total without the other.
    let mut naive = roll_up(&population, 1);
    naive.sectors.retain(|row| row.sector == "sector-0");
    assert!(!learned(&population, &naive, 5).is_empty());
}

#[test]
fn a_small_sector_goes_into_the_rest_with_another_one() {
    let two = [many(0, 0..6, IN_TIME), many(1, 0..2, IN_TIME)].concat();
    let rollup = roll_up(&two, 5);
    assert_eq!((names(&rollup), rollup.rest.as_ref().unwrap().notices), (vec![], 8));
    let three = [two, many(2, 0..7, IN_TIME)].concat();
    let rollup = roll_up(&three, 5);
    assert_eq!((names(&rollup), rollup.rest.as_ref().unwrap().notices), (vec!["sector-2"], 8));
    assert_eq!(rollup.total.unwrap().figures.unwrap().done, 15);
}

#[test]
fn too_few_in_all_look_like_none() {
    let few = roll_up(&many(0, 0..4, IN_TIME), 5);
    assert_eq!((few.total.clone(), few.rest.clone(), few.sectors.len()), (None, None, 0));
    assert_eq!(few, roll_up(&[], 5));
    // Many notices of few organisations are few.
    let often: Population = (0..20).map(|_| many(0, 0..2, IN_TIME)).collect::<Vec<_>>().concat();
    assert_eq!(roll_up(&often, 5), few);
}

#[test]
fn figures_that_would_show_one_late_organisation_are_not_shown() {
    let population = [many(0, 0..6, IN_TIME), many(1, 0..6, IN_TIME), many(1, 6..7, SILENT)].concat();
    let rollup = roll_up(&population, 5);
    let shown: BTreeMap<&str, bool> =
        rollup.sectors.iter().map(|row| (row.sector.as_str(), row.figures.is_some())).collect();
    assert_eq!(shown, BTreeMap::from([("sector-0", true), ("sector-1", false)]));
    // The total would tell, too.
    assert_eq!(rollup.total.unwrap().figures, None);
    // With four more silent ones elsewhere the total can be shown, but then not the only row that could.
    let population = [population, many(2, 0..6, IN_TIME), many(2, 6..10, SILENT)].concat();
    let rollup = roll_up(&population, 5);
    let shown: Vec<bool> = rollup.sectors.iter().map(|row| row.figures.is_some()).collect();
    assert_eq!((shown, rollup.total.unwrap().figures.unwrap().unacknowledged), (vec![true, false, false], 5));
}

#[test]
fn times_are_medians_in_whole_hours_of_enough_organisations() {
    let rollup = roll_up(&[many(0, 0..6, IN_TIME), many(0, 6..12, SILENT)].concat(), 5);
    let figures = rollup.total.unwrap().figures.unwrap();
    let fix = figures.fix;
    assert_eq!((fix.in_time, fix.late, fix.waiting, fix.in_time_percent), (6, 6, 0, Some(50)));
    // A 90th percentile of six is one of the slowest.
    assert_eq!((fix.median_hours, fix.p90_hours), (Some(200), None));
    assert_eq!(figures.acknowledge.median_hours, Some(5));
    let rollup = roll_up(&many(0, 0..10, IN_TIME), 5);
    let figures = rollup.total.unwrap().figures.unwrap();
    assert_eq!((figures.mitigate.median_hours, figures.mitigate.p90_hours), (Some(100), Some(100)));
}

#[test]
fn an_organisation_is_in_one_row() {
    let row = |codes: &[&str]| Tally::row_of(&codes.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
    assert_eq!(row(&["energy"]), "energy");
    assert_eq!(row(&["energy", "dams"]), SEVERAL);
    assert_eq!(row(&[]), NONE);
}

#[test]
fn the_limit_is_part_of_the_policy() {
    assert_eq!(Policy::parse(DEFAULT_PROFILE).unwrap().profile.rollup.smallest, 5);
    let lower = |to: &str| Policy::parse(&DEFAULT_PROFILE.replace("smallest = 5", to));
    assert_eq!(lower("smallest = 3").unwrap().profile.rollup.smallest, 3);
    assert_eq!(
        lower("smallest = 2").unwrap_err().to_string(),
        "policy profile: rollup.smallest must be at least 3"
    );
    // A profile from before there were roll-ups.
    let older = DEFAULT_PROFILE.replace("[rollup]", "").replace("smallest = 5", "");
    assert_eq!(Policy::parse(&older).unwrap().profile.rollup.smallest, 5);
}

/// One act of a history: which organisation of which sector does what, so many hours after the one before.
#[derive(Clone, Copy, Debug)]
struct Move {
    org: usize,
    sector: usize,
    hours: i64,
    taken: Taken,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let taken = proptest::sample::select(vec![
        Taken::Acknowledged,
        Taken::Reported(Remediation::InProgress),
        Taken::Reported(Remediation::Mitigated),
        Taken::Reported(Remediation::Done),
        Taken::Reported(Remediation::NotAffected),
        Taken::Reported(Remediation::CannotFix),
    ]);
    let one = (0..12_usize, 0..4_usize, 1..30_i64, taken).prop_map(|(org, sector, hours, taken)| Move {
        org,
        sector,
        hours,
        taken,
    });
    proptest::collection::vec(one, 0..80)
}

/// Every organisation has one notice, all sent at once; the sectors have 12, 8, 4 and 2 of them.
fn after(moves: &[Move]) -> BTreeMap<(usize, usize), Entry> {
    let sizes = [12, 8, 4, 2];
    let mut entries = BTreeMap::new();
    for (sector, size) in sizes.into_iter().enumerate() {
        for number in 0..size {
            let kind =
                Kind { stage: Stage::Unacknowledged, over: (false, false), late: (false, false, false) };
            entries.insert((sector, number), kind.entry(sector, number));
        }
    }
    let mut now = 1;
    for one in moves {
        now += one.hours;
        let entry = entries.get_mut(&(one.sector, one.org % sizes[one.sector])).unwrap();
        entry.taken.push((hour(now), one.taken));
    }
    entries
}

fn settled(entries: &BTreeMap<(usize, usize), Entry>, smallest: u32) -> Settled {
    let mut changes = Changes::default();
    entries.iter().for_each(|((sector, _), entry)| changes.add(&name(*sector), entry));
    changes.settle(smallest)
}

/// How each organisation is counted.
fn counted(
    entries: &BTreeMap<(usize, usize), Entry>,
    smallest: u32,
) -> BTreeMap<(usize, usize), Option<Entry>> {
    let settled = settled(entries, smallest);
    let as_of = |((sector, number), entry): (&(usize, usize), &Entry)| {
        let counted = settled.of(&name(*sector)).and_then(|moment| entry.as_of(moment));
        ((*sector, *number), counted)
    };
    entries.iter().map(as_of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever looks after any two numbers of acts sees rows that are equal, or in which enough organisations acted. The
    /// sectors with too few take their steps together.
    #[test]
    fn a_row_changes_only_when_enough_organisations_acted(moves in moves(), cut in any::<prop::sample::Index>(), smallest in 3..6_u32) {
        let until = cut.index(moves.len() + 1);
        let (before, now) = (counted(&after(&moves[..until]), smallest), counted(&after(&moves), smallest));
        // The two small sectors have too few each, or one of them has, and they take their steps together.
        for pool in [vec![0], vec![1], vec![2, 3]] {
            let differ = now.iter().filter(|(at, entry)| pool.contains(&at.0) && before[*at] != **entry).count();
            prop_assert!(differ == 0 || differ >= smallest as usize, "{differ} in {pool:?}");
        }
    }

    /// Nobody's last act is counted alone: without it everything is as it was, or a step was full with it.
    #[test]
    fn one_more_act_tells_nothing_or_ends_a_step(moves in moves()) {
        let Some((last, others)) = moves.split_last() else { return Ok(()) };
        let (before, now) = (counted(&after(others), 5), counted(&after(&moves), 5));
        let differ: BTreeSet<_> = now.iter().filter(|(at, entry)| before[*at] != **entry).map(|(at, _)| *at).collect();
        prop_assert!(differ.is_empty() || differ.len() >= 5, "{last:?} changed {differ:?}");
    }
}

#[test]
fn a_step_is_full_when_enough_organisations_acted_and_not_before() {
    let act = |org: usize, taken| Move { org, sector: 0, hours: 1, taken };
    let acknowledged = |count: usize| (0..count).map(|org| act(org, Taken::Acknowledged)).collect::<Vec<_>>();
    let seen = |moves: &[Move]| {
        let counted = counted(&after(moves), 5);
        counted.values().flatten().filter(|entry| entry.stage != Stage::Unacknowledged).count()
    };
    assert_eq!([seen(&acknowledged(0)), seen(&acknowledged(4)), seen(&acknowledged(5))], [0, 0, 5]);
    assert_eq!([seen(&acknowledged(9)), seen(&acknowledged(10))], [5, 10]);
    // One organisation that acts often is one.
    let often: Vec<Move> = (0..20).map(|_| act(0, Taken::Reported(Remediation::Mitigated))).collect();
    assert_eq!(seen(&often), 0);
    // Everybody got the notice at once, so that is counted from the beginning.
    assert_eq!(counted(&after(&[]), 5).values().flatten().count(), 26);
}

#[test]
fn an_entry_as_it_was_has_the_stage_and_the_moments_of_then() {
    let moves = [
        Move { org: 0, sector: 0, hours: 4, taken: Taken::Acknowledged },
        Move { org: 0, sector: 0, hours: 5, taken: Taken::Reported(Remediation::Mitigated) },
        Move { org: 0, sector: 0, hours: 5, taken: Taken::Reported(Remediation::InProgress) },
        Move { org: 0, sector: 0, hours: 5, taken: Taken::Reported(Remediation::Done) },
    ];
    let entry = after(&moves).remove(&(0, 0)).unwrap();
    let at = |hours| entry.as_of(hour(hours)).map(|entry| (entry.stage, entry.times.mitigated_at));
    assert_eq!(at(-1), None, "it was not sent");
    assert_eq!(at(4), Some((Stage::Unacknowledged, None)));
    assert_eq!(at(5), Some((Stage::Open, None)));
    assert_eq!(at(10), Some((Stage::Mitigated, Some(hour(10)))));
    assert_eq!(at(15), Some((Stage::Open, None)), "it took that back");
    assert_eq!(at(20), Some((Stage::Done, Some(hour(20)))));
}
