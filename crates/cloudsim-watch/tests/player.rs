//! What keys and time do, whatever is pressed when.

#[expect(dead_code, reason = "no scenario is run here")]
mod support;

use cloudsim_units::{SimDuration, SimTime};
use cloudsim_watch::{Film, Key, Look, Player};
use proptest::prelude::*;
use support::{film_of, shown};

const LOOK: Look = Look { colour: true, keys: true };

fn film() -> impl Strategy<Value = Film> {
    (0..40_000_u64).prop_flat_map(|millis| {
        prop::collection::vec(0..=millis, 0..12).prop_map(move |faults| film_of(millis, &faults))
    })
}

fn key() -> impl Strategy<Value = Key> {
    let span = prop_oneof![0..5_000_000_000_u64, Just(u64::MAX)].prop_map(SimDuration::from_nanos);
    prop_oneof![
        span.clone().prop_map(Key::Forward),
        span.prop_map(Key::Back),
        Just(Key::Pause),
        Just(Key::NextEvent),
        Just(Key::PreviousEvent),
        Just(Key::FirstFault),
        Just(Key::Restart),
        Just(Key::Start),
        Just(Key::End),
        Just(Key::Faster),
        Just(Key::Slower),
        Just(Key::Zoom),
        Just(Key::Help),
        Just(Key::Close),
        Just(Key::Quit),
    ]
}

/// A key, or time that passes.
#[derive(Clone, Copy, Debug)]
enum Step {
    Key(Key),
    Tick(SimDuration),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let tick = prop_oneof![0..3_000_000_000_u64, Just(u64::MAX)].prop_map(SimDuration::from_nanos);
    prop::collection::vec(prop_oneof![key().prop_map(Step::Key), tick.prop_map(Step::Tick)], 0..40)
}

fn take(player: &mut Player, step: Step, film: &Film) {
    match step {
        Step::Key(key) => {
            let goes_on = player.press(key, film);
            assert!(goes_on || matches!(key, Key::Close | Key::Quit), "{key:?} ends nothing");
        }
        Step::Tick(passed) => player.tick(passed),
    }
}

proptest! {
    #[test]
    fn the_instant_stays_within_the_run(film in film(), steps in steps()) {
        let mut player = Player::new(&film);
        for step in steps {
            let before = player.clone();
            take(&mut player, step, &film);
            prop_assert!(player.now() <= film.end());
            if let Step::Tick(passed) = step {
                prop_assert!(!player.is_playing() || player.now() < film.end(), "at the end it stops");
                prop_assert!(player.now() >= before.now(), "time runs forwards");
                let most = passed.saturating_mul(player.speed());
                prop_assert!(player.now().since(before.now()) <= most);
                prop_assert!(before.is_playing() || player.now() == before.now(), "it was stopped");
            }
        }
    }

    #[test]
    fn an_instant_looks_the_same_however_it_was_come_to(film in film(), steps in steps()) {
        let mut player = Player::new(&film);
        for step in steps {
            take(&mut player, step, &film);
        }
        // Stopped there, as somebody is who goes to it from the start.
        let now = player.now();
        if player.is_playing() {
            player.press(Key::Pause, &film);
        }
        let mut direct = player.clone();
        direct.press(Key::Start, &film);
        direct.press(Key::Forward(now.since(SimTime::ZERO)), &film);
        prop_assert_eq!(&direct, &player);
        let size = (90, 30);
        prop_assert_eq!(shown(&film, &direct, LOOK, size), shown(&film, &player, LOOK, size));
    }

    #[test]
    fn from_an_event_to_the_next_and_back_is_where_it_was(film in film(), forwards in 0..15_usize) {
        let mut player = Player::new(&film);
        let mut visited = vec![];
        for _ in 0..forwards {
            player.press(Key::NextEvent, &film);
            visited.push(player.now());
        }
        visited.dedup();
        prop_assert!(visited.is_sorted(), "{visited:?}");
        for at in visited.iter().rev().skip(1) {
            player.press(Key::PreviousEvent, &film);
            prop_assert_eq!(player.now(), *at);
        }
    }
}

#[test]
fn a_run_plays_in_about_a_minute() {
    for (seconds, speed) in [(20, 1), (60, 1), (61, 2), (1_800, 30), (21_600, 500), (1_000_000, 1_000)] {
        assert_eq!(Player::new(&film_of(seconds * 1_000, &[])).speed(), speed, "{seconds} s");
    }
}

#[test]
fn it_plays_to_the_end_stops_there_and_plays_again() {
    let film = film_of(10_000, &[4_000]);
    let mut player = Player::new(&film);
    let second = SimDuration::from_secs(1);
    for at in 1..=9 {
        player.tick(second);
        assert_eq!((player.now(), player.is_playing()), (SimTime::from_secs(at), true));
    }
    player.tick(second);
    assert_eq!((player.now(), player.is_playing()), (SimTime::from_secs(10), false));
    player.press(Key::Pause, &film);
    assert_eq!((player.now(), player.is_playing()), (SimTime::ZERO, true));
    player.press(Key::FirstFault, &film);
    assert_eq!((player.now(), player.is_playing()), (SimTime::from_secs(4), true), "it goes on from there");
    player.press(Key::Back(second), &film);
    assert_eq!((player.now(), player.is_playing()), (SimTime::from_secs(3), false), "whoever steps looks");
}

#[test]
fn escape_hides_the_help_before_it_ends() {
    let film = film_of(1_000, &[]);
    let mut player = Player::new(&film);
    assert!(player.press(Key::Help, &film));
    assert!(player.press(Key::Close, &film));
    assert!(!player.press(Key::Close, &film));
}
