//! What a screen shows of a scenario that ships, at any size, whatever things are called, and that it is true.

mod support;

use cloudsim::{Cell, Kind, Paused};
use cloudsim_measures::RunDocument;
use cloudsim_scenario::plan::Plan;
use cloudsim_scenario::printable;
use cloudsim_units::{SimDuration, SimTime};
use cloudsim_watch::{Film, Key, Look, Player, text};
use proptest::prelude::*;
use std::sync::LazyLock;
use support::{film_of, lines, measured, plan_of, shown};
use unicode_width::UnicodeWidthStr;

/// The flagship with fewer visitors, for the sake of time.
static PLAN: LazyLock<Plan> = LazyLock::new(|| plan_of("az-a-outage", &["traffic.visitors.rate=60/s"]));
static RUN: LazyLock<RunDocument> = LazyLock::new(|| measured(&PLAN));
static FILM: LazyLock<Film> = LazyLock::new(|| Film::new(RUN.clone(), printable));

const LOOK: Look = Look { colour: true, keys: true };

fn at(text: &str) -> SimTime {
    SimTime::ZERO + SimDuration::parse(text).expect("a time")
}

/// What a terminal of a size shows at a time, as text.
fn screen(time: &str, size: (u16, u16)) -> String {
    lines(&shown(&FILM, &Player::at(&FILM, at(time)), LOOK, size)).join("\n")
}

#[test]
fn before_during_and_after_the_fault_a_small_and_a_larger_screen_show_this() {
    for (name, time) in [("before", "4m59s"), ("during", "6m"), ("after", "25m")] {
        insta::assert_snapshot!(format!("{name}_80x24"), screen(time, (80, 24)));
        insta::assert_snapshot!(format!("{name}_120x40"), screen(time, (120, 40)));
    }
}

#[test]
fn what_has_no_room_is_counted() {
    insta::assert_snapshot!("during_60x14", screen("6m", (60, 14)));
    insta::assert_snapshot!("during_40x10", screen("6m", (40, 10)));
}

#[test]
fn help_tells_keys_and_signs() {
    let mut player = Player::at(&FILM, at("6m"));
    player.press(Key::Help, &FILM);
    insta::assert_snapshot!("help_80x30", lines(&shown(&FILM, &player, LOOK, (80, 30))).join("\n"));
}

#[test]
fn without_colours_everything_reads_the_same() {
    let player = Player::at(&FILM, at("6m"));
    let plain = shown(&FILM, &player, Look { colour: false, ..LOOK }, (120, 40));
    assert_eq!(lines(&plain), lines(&shown(&FILM, &player, LOOK, (120, 40))));
    let coloured = |of: &&ratatui::buffer::Cell| of.fg != ratatui::style::Color::Reset;
    assert_eq!(plain.content().iter().filter(coloured).count(), 0);
    let colours = shown(&FILM, &player, LOOK, (120, 40));
    let shaded = |of: &&ratatui::buffer::Cell| of.bg != ratatui::style::Color::Reset;
    assert_eq!(plain.content().iter().filter(shaded).count(), 0);
    // As many columns of its zone as of the fault itself.
    let struck = lines(&plain)[1].matches('▓').count();
    assert!(struck > 5 && colours.content().iter().filter(shaded).count() == struck, "{struck}");
    assert!(
        colours.content().iter().filter(coloured).count() > 50,
        "colours are there where they are welcome"
    );
}

#[test]
fn the_text_of_an_instant_is_its_screen_without_keys() {
    let text = text(&FILM, at("6m"), 80, 24);
    let lines =
        lines(&shown(&FILM, &Player::at(&FILM, at("6m")), Look { colour: false, keys: false }, (80, 24)));
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    assert_eq!(text.trim_end(), lines.join("\n").trim_end());
}

#[test]
fn an_instant_is_shown_alike_whether_played_to_stepped_to_or_rewound_to() {
    let there = Player::at(&FILM, at("6m"));
    let mut stepped = Player::at(&FILM, SimTime::ZERO);
    for _ in 0..360 {
        stepped.press(Key::Forward(SimDuration::from_secs(1)), &FILM);
    }
    let mut rewound = Player::at(&FILM, at("20m"));
    while rewound.now() > at("6m") {
        rewound.press(Key::PreviousEvent, &FILM);
    }
    rewound.press(Key::Forward(at("6m").since(rewound.now())), &FILM);
    let mut played = Player::new(&FILM);
    while played.now() < at("6m") {
        played.tick(SimDuration::from_secs(1));
    }
    played.press(Key::Pause, &FILM);
    for player in [stepped, rewound, played] {
        assert_eq!(shown(&FILM, &player, LOOK, (100, 30)), shown(&FILM, &there, LOOK, (100, 30)));
    }
}

/// The row of a thing: its sign, then word by word.
fn row(screen: &str, name: &str) -> Vec<String> {
    let mut rows = screen.lines().filter_map(|line| {
        let (sign, words) = line.split_at_checked(line.chars().next()?.len_utf8())?;
        Some([sign].into_iter().chain(words.split_whitespace()).map(str::to_owned).collect::<Vec<_>>())
    });
    let is_its = |row: &Vec<String>| row.get(1).is_some_and(|word| word == name);
    rows.find(is_its).unwrap_or_else(|| panic!("no row of {name} in\n{screen}"))
}

fn word(cell: &Cell) -> String {
    if let Cell::Text(word) = cell { word.clone() } else { "–".to_owned() }
}

/// The values of some columns of all things of a kind.
fn table(world: &Paused, kind: &str, keys: &[&str]) -> Vec<Vec<String>> {
    let table = world.table(Kind::of(kind).expect("a kind"));
    let place = |key: &&str| table.columns.iter().position(|column| column.key == *key).expect("a column");
    let places: Vec<usize> = keys.iter().map(place).collect();
    table.rows.iter().map(|row| places.iter().map(|place| word(&row[*place])).collect()).collect()
}

#[test]
fn hosts_databases_and_gateways_are_those_of_the_world_at_that_time() {
    for time in ["0s", "4m59s", "5m", "5m30s", "6m3s", "9m30s", "15m", "21m", "25m", "30m"] {
        let screen = text(&FILM, at(time), 140, 50);
        let world = cloudsim::pause(&PLAN, PLAN.seed, at(time).since(SimTime::ZERO), |_| false);
        let instances = table(&world, "instances", &["zone", "state"]);
        let nodes = table(&world, "nodes", &["zone", "status"]);
        for zone in ["a", "b", "c"] {
            let count = |of: &[Vec<String>], is: &dyn Fn(&str) -> bool| {
                of.iter().filter(|row| row[0].ends_with(zone) && is(&row[1])).count()
            };
            let runs = count(&instances, &|state| state == "Running");
            let ready = count(&nodes, &|status| status.split(',').next() == Some("Ready"));
            let expected = [
                format!("{runs}/{}", count(&instances, &|_| true)),
                format!("{ready}/{}", count(&nodes, &|_| true)),
            ];
            assert_eq!(row(&screen, zone)[2..4], expected, "zone {zone} at {time}\n{screen}");
        }
        for instance in table(&world, "database_instances", &["name", "state"]) {
            let writes = row(&screen, "orders")[2] == instance[0];
            assert_eq!(writes, instance[1] == "Writer", "{instance:?} at {time}\n{screen}");
        }
        let down = screen.lines().find(|line| line.contains(" down ")).expect("a row of what is down");
        for kind in ["nat_gateways", "balancer_nodes"] {
            for thing in table(&world, kind, &["name", "state"]) {
                let is_down = thing[1] != "Up";
                assert_eq!(down.contains(&thing[0]), is_down, "{thing:?} at {time}\n{screen}");
            }
        }
    }
}

#[test]
fn services_and_faults_are_those_of_the_result_at_that_time() {
    for second in (0..1800).step_by(7) {
        let now = SimTime::from_secs(second);
        let screen = text(&FILM, now, 140, 50);
        for (service, lane) in RUN.services.iter().zip(&RUN.lanes.services) {
            let row = row(&screen, &service.name);
            let window = lane.windows.iter().find(|window| window.from <= now && now < window.to);
            let good = window.map_or_else(
                || "–".to_owned(),
                |window| cloudsim_measures::words::percent(window.good, window.valid),
            );
            assert_eq!(row[3], good, "{} at {second} s\n{screen}", service.name);
            let is_out = service
                .outages
                .iter()
                .any(|outage| outage.started <= now && outage.restored.is_none_or(|restored| now < restored));
            assert_eq!(row[0] == "✗", is_out, "{} at {second} s\n{screen}", service.name);
            assert_eq!(row.contains(&"out".to_owned()), is_out, "{row:?}");
        }
        let fault = &RUN.faults[0];
        let holds = fault.started <= now && fault.ended.is_none_or(|ended| now < ended);
        assert_eq!(screen.contains("✗ a-dark"), holds, "at {second} s\n{screen}");
        let current = screen.lines().filter(|line| line.starts_with('▸')).count();
        let last = RUN.timeline.iter().filter(|entry| entry.at <= now).map(|entry| entry.at).next_back();
        let expected = RUN.timeline.iter().filter(|entry| Some(entry.at) == last).count();
        assert_eq!(current, expected, "at {second} s\n{screen}");
    }
}

/// The same run, in which everything is called so.
fn renamed(name: &str) -> Film {
    let mut run = RUN.clone();
    for zone in &mut run.lanes.zones {
        zone.zone = format!("{name}{}", zone.zone);
    }
    for service in &mut run.services {
        service.name.insert_str(0, name);
    }
    for fault in &mut run.faults {
        (fault.name, fault.target) = (name.to_owned(), name.to_owned());
    }
    for (database, lane) in run.databases.iter_mut().zip(&mut run.lanes.databases) {
        name.clone_into(&mut database.name);
        for instance in &mut lane.instances {
            (instance.name, instance.zone) = (name.to_owned(), Some(name.to_owned()));
        }
    }
    for absence in &mut run.lanes.absences {
        name.clone_into(&mut absence.name);
    }
    for entry in &mut run.timeline {
        (entry.subject, entry.detail) = (name.to_owned(), name.to_owned());
    }
    name.clone_into(&mut run.scenario);
    Film::new(run, printable)
}

fn size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![(1..=200_u16, 1..=60_u16), (1..=30_u16, 1..=8_u16)]
}

fn hostile() -> impl Strategy<Value = String> {
    const PARTS: [&str; 9] = [
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{9b}31m",
        "\r\n",
        "\t",
        "\u{202e}",
        "漢字",
        "👩\u{200d}🚀",
        "e\u{301}",
    ];
    prop::collection::vec(
        prop_oneof![prop::sample::select(&PARTS[..]).prop_map(str::to_owned), "[a-z/]{1,9}"],
        1..6,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_size_is_too_small_or_too_large(size in size(), second in 0..=1800_u64, zooms in 0..4, help: bool, keys: bool) {
        let mut player = Player::at(&FILM, SimTime::from_secs(second));
        for _ in 0..zooms {
            player.press(Key::Zoom, &FILM);
        }
        if help {
            player.press(Key::Help, &FILM);
        }
        let buffer = shown(&FILM, &player, Look { colour: true, keys }, size);
        // The time is what is told on the smallest of screens.
        let head = &lines(&buffer)[0];
        prop_assert!(size.0 < 30 || help || head.contains(" of 30m"), "{head}");
        if size.0 >= 20 && size.1 > 3 && keys && !help {
            let footer = lines(&buffer).pop().expect("a line");
            prop_assert!(footer.contains("q quit"), "{}", footer);
        }
    }

    #[test]
    fn no_name_leaves_its_place(name in hostile(), size in size(), second in 0..=1800_u64) {
        let film = renamed(&name);
        let buffer = shown(&film, &Player::at(&film, SimTime::from_secs(second)), LOOK, size);
        for cell in buffer.content() {
            prop_assert!(!cell.symbol().chars().any(cloudsim_scenario::is_unprintable), "{:?}", cell.symbol());
        }
        for line in text(&film, SimTime::from_secs(second), size.0, size.1).lines() {
            prop_assert!(line.width() <= usize::from(size.0), "{line}");
        }
    }
}

#[test]
fn a_run_in_which_nothing_is_and_nothing_happens_is_shown_too() {
    let film = film_of(0, &[]);
    let screen = text(&film, SimTime::ZERO, 80, 24);
    let head = format!("a-few-faults  seed 7{:46}0s of 0s  over", "");
    assert_eq!(screen, format!("{head}\n  events: none in this run\n"));
}
