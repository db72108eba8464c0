//! What a segment is bound to: its endpoint, its own id, its age; and whose flood pushes out what.

use std::fs;

use aboveboard_core::consent::Host;
use aboveboard_core::consent::answer::Choice;
use aboveboard_core::identity::{installation, stored_secret};
use aboveboard_core::inspect;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_testkit::sample::{self, NOW};
use aboveboard_types::checksum::crc32;
use aboveboard_types::declaration::Component;
use aboveboard_types::encode;
use aboveboard_types::event::{Console, Event, EventKind, Report};
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::possession::Purpose;
use aboveboard_wire::Batch;

use crate::sandbox::{Sandbox, deliver, told};

#[test]
fn what_was_recorded_for_one_endpoint_goes_to_no_other_and_waits_for_its_own() {
    let sandbox = Sandbox::new();
    let permit =
        |host: &Host| sample::decision(&sandbox.declaration, &sandbox.places, host).permit().unwrap();
    let spool = |host: &Host| Spool::open(&permit(host), &sandbox.declaration, &sandbox.places).unwrap();
    let recorder = |host: &Host| {
        Recorder::open(permit(host), &sandbox.declaration, &sandbox.places, sample::header(Component::Cli))
    };
    let header = sample::header(Component::Cli);
    let preview = |host: &Host| {
        let permit = permit(host);
        inspect::preview(Some(&permit), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW)
    };
    sample::answer(&sandbox.declaration, &sandbox.places, Choice::Yes, NOW);
    let here = Host::default();
    // One that is sealed, one in the open segment, drops and a command that did not end.
    recorder(&here).record(&sample::event(1)).unwrap();
    assert_eq!(spool(&here).seal(NOW), 1);
    recorder(&here).record(&sample::event(2)).unwrap();
    recorder(&here).dropped(DropReason::Expired, 7);
    drop(recorder(&here).begin("init", NOW).unwrap());

    // A variable says yes, and the endpoint is another: of another host, port, scheme or path alike.
    let flagged = Host::default().flag(Some("true")).allow_private(true);
    for other in [
        "https://elsewhere.example.org",
        "https://telemetry.example.org:8443",
        "https://telemetry.example.org/other",
        "http://telemetry.example.org",
    ] {
        let there = flagged.clone().endpoint(Some(other.to_owned()));
        assert_eq!(permit(&there).endpoint().unwrap().as_str(), other);
        assert!(sample::numbers(preview(&there).as_bytes()).is_empty(), "{other}");
        assert_eq!(spool(&there).seal(NOW), 0, "{other}");
        assert!(spool(&there).pending().is_empty(), "{other}");
        let usage = spool(&there).usage();
        assert_eq!(usage.events, usage.elsewhere);
        for batch in spool(&here).pending() {
            assert!(spool(&there).claim(batch, NOW).is_none(), "{other}");
        }
        recorder(&there).record(&sample::event(9)).unwrap();
        spool(&there).seal(NOW);
        let [body] = &deliver(&spool(&there), NOW)[..] else { panic!("one batch for {other}") };
        assert_eq!(sample::numbers(body), [9]);
        assert_eq!(told(body, DropReason::Expired), 0);
        assert!(!String::from_utf8_lossy(body).contains("unfinished"));
        assert!(inspect::sent(&sandbox.places).iter().any(|batch| batch.endpoint == other));
    }
    spool(&here).seal(NOW);
    let bodies = deliver(&spool(&here), NOW);
    let mut numbers: Vec<_> = bodies.iter().flat_map(|body| sample::numbers(body)).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(bodies.iter().map(|body| told(body, DropReason::Expired)).sum::<u64>(), 7);
    assert!(bodies.iter().any(|body| String::from_utf8_lossy(body).contains("unfinished")));
}

/// An endpoint whose segments have the name of those of `known`, as somebody can choose it: each letter that is exchanged
/// changes a CRC by an amount of its own, and some of these together by the one that is wanted.
fn of_the_same_name(sandbox: &Sandbox, known: &str) -> String {
    const LETTERS: usize = 40;
    let endpoint = |letters: u64| {
        let letter = |place| if letters >> place & 1 == 1 { 'b' } else { 'a' };
        format!("https://elsewhere.example.org/{}", (0..LETTERS).map(letter).collect::<String>())
    };
    let checksum = |endpoint: &str| {
        let mut header = String::new();
        encode::push_header(&mut header, &sandbox.declaration, &sample::header(Component::Cli), endpoint);
        crc32(header.as_bytes())
    };
    let plain = checksum(&endpoint(0));
    let mut basis: Vec<(u32, u64)> = Vec::new();
    let reduce = |basis: &[(u32, u64)], mut rest: (u32, u64)| {
        for known in basis {
            if rest.0 ^ known.0 < rest.0 {
                rest = (rest.0 ^ known.0, rest.1 ^ known.1);
            }
        }
        rest
    };
    for place in 0..LETTERS {
        let rest = reduce(&basis, (checksum(&endpoint(1 << place)) ^ plain, 1 << place));
        if rest.0 != 0 {
            basis.push(rest);
            basis.sort_unstable_by_key(|known| std::cmp::Reverse(known.0));
        }
    }
    let found = reduce(&basis, (checksum(known) ^ plain, 0));
    assert_eq!((found.0, checksum(&endpoint(found.1))), (0, checksum(known)));
    endpoint(found.1)
}

#[test]
fn an_endpoint_that_was_chosen_to_hit_a_name_gets_nothing_of_another_and_gives_it_nothing() {
    for is_first in [true, false] {
        let sandbox = Sandbox::new();
        let mine = sandbox.declaration.endpoint.to_string();
        let chosen = of_the_same_name(&sandbox, &mine);
        let permit = |endpoint: &str| {
            let host = Host::default().flag(Some("true")).endpoint(Some(endpoint.to_owned()));
            sample::decision(&sandbox.declaration, &sandbox.places, &host).permit().unwrap()
        };
        let record = |endpoint: &str, number| {
            let header = sample::header(Component::Cli);
            let recorder = Recorder::open(permit(endpoint), &sandbox.declaration, &sandbox.places, header);
            recorder.record(&sample::event(number)).unwrap();
            recorder.dropped(DropReason::Expired, number);
        };
        let spool =
            |endpoint: &str| Spool::open(&permit(endpoint), &sandbox.declaration, &sandbox.places).unwrap();
        let turns = if is_first { [&chosen, &mine] } else { [&mine, &chosen] };
        for _ in 0..2 {
            for endpoint in turns {
                record(endpoint, if *endpoint == chosen { 9 } else { 1 });
            }
        }
        let open = sandbox.names("open-");
        assert_eq!(open.len(), 2);
        assert_eq!(open[0].split('.').next(), open[1].split('.').next(), "the checksums are the same");
        for (endpoint, number) in [(&chosen, 9), (&mine, 1)] {
            assert_eq!(spool(endpoint).seal(NOW), 1);
            let [body] = &deliver(&spool(endpoint), NOW)[..] else { panic!("one batch for {endpoint}") };
            assert_eq!(sample::numbers(body), [number, number]);
            assert_eq!(told(body, DropReason::Expired), 2 * number);
        }
    }
}

#[test]
fn each_host_knows_another_id_and_two_endpoints_of_one_host_the_same() {
    let sandbox = Sandbox::new();
    let at = |endpoint: &str| {
        let host = Host::default().flag(Some("true")).allow_private(true).endpoint(Some(endpoint.to_owned()));
        let permit = sample::decision(&sandbox.declaration, &sandbox.places, &host).permit().unwrap();
        let installation = installation(&permit, &sandbox.places).unwrap();
        let secret = stored_secret(&sandbox.places).unwrap().unwrap();
        assert_eq!(secret.at("sample", permit.endpoint().unwrap()).id(), installation.id);
        assert!(installation.proof(Purpose::Send).is_of(installation.id, "sample", Purpose::Send));
        installation.id
    };
    let one = at("https://one.example.org");
    for same in ["https://ONE.example.org.", "https://one.example.org:8443/path", "http://one.example.org"] {
        assert_eq!(at(same), one, "{same}");
    }
    for other in ["https://two.example.org", "https://example.org", "https://one.example.org.uk"] {
        assert_ne!(at(other), one, "{other}");
    }
}

#[test]
fn an_endpoint_learns_from_the_numbers_of_its_batches_nothing_of_what_goes_to_another() {
    let sandbox = Sandbox::new();
    let send = |endpoint: &str| {
        let host = Host::default().flag(Some("true")).endpoint(Some(endpoint.to_owned()));
        let permit = || sample::decision(&sandbox.declaration, &sandbox.places, &host).permit().unwrap();
        let header = sample::header(Component::Cli);
        Recorder::open(permit(), &sandbox.declaration, &sandbox.places, header.clone())
            .record(&sample::event(1))
            .unwrap();
        let spool = Spool::open(&permit(), &sandbox.declaration, &sandbox.places).unwrap();
        let shown =
            inspect::preview(Some(&permit()), &sandbox.declaration, Some(&sandbox.places), &header, &[], NOW);
        assert_eq!(spool.seal(NOW), 1);
        let [body] = &deliver(&spool, NOW)[..] else { panic!("one batch for {endpoint}") };
        assert_eq!(String::from_utf8_lossy(body), shown);
        serde_json::from_slice::<Batch<'_>>(body).unwrap().sequence
    };
    assert!(!inspect::has_sealed(&sandbox.places));
    assert_eq!(send("https://one.example.org"), 0);
    assert!(inspect::has_sealed(&sandbox.places));
    assert_eq!(send("https://one.example.org"), 1);
    // To one host it is one installation, whatever the port: a number that came twice would be a clone of the disk.
    let others = ["https://one.example.org:8443", "https://one.example.org/path", "https://two.example.org"];
    let mut first = vec![1];
    first.extend(others.map(&send));
    first.sort_unstable();
    assert!(first.windows(2).all(|pair| pair[1] - pair[0] > 1000), "{first:?}");
    for other in others {
        let next = send(other);
        assert!(first.contains(&(next - 1)), "{other}: {next} of {first:?}");
    }
    assert_eq!(send("https://one.example.org"), 2);
}

#[test]
fn a_copy_of_a_segment_has_the_id_of_its_batch_and_goes_after_it() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    let segment = sandbox.names("open-").remove(0);
    let copy = segment.replace(".0", ".1");
    fs::copy(sandbox.path().join(&segment), sandbox.path().join(&copy)).unwrap();
    fs::copy(sandbox.path().join(&segment), sandbox.path().join(format!("{segment}~"))).unwrap();
    assert_eq!(sandbox.spool().seal(NOW), 1);
    let first = deliver(&sandbox.spool(), NOW);
    assert_eq!(sandbox.spool().seal(NOW + 86_400), 1);
    let second = deliver(&sandbox.spool(), NOW + 86_400);
    let id = |body: &[u8]| serde_json::from_slice::<Batch<'_>>(body).unwrap().batch;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(id(&first[0]), id(&second[0]));
    assert_eq!(sandbox.spool().seal(NOW), 0, "what another program has left is none of ours");
}

#[test]
fn what_is_on_its_way_to_an_endpoint_that_is_not_in_use_expires() {
    let sandbox = Sandbox::new();
    sandbox.recorder().record(&sample::event(1)).unwrap();
    sandbox.spool().seal(NOW);
    let batch = sandbox.spool().pending()[0];
    std::mem::forget(sandbox.spool().claim(batch, NOW).unwrap());
    let host = Host::default().flag(Some("true")).endpoint(Some("https://elsewhere.example.org".to_owned()));
    let permit = sample::decision(&sandbox.declaration, &sandbox.places, &host).permit().unwrap();
    let there = Spool::open(&permit, &sandbox.declaration, &sandbox.places).unwrap();
    let now = aboveboard_types::clock::now();
    there.seal(now + 13 * 86_400);
    assert_eq!(there.usage().events, 1);
    there.seal(now + 15 * 86_400);
    assert_eq!(there.usage().events, 0);
}

#[test]
fn a_flood_of_console_events_drops_none_of_a_servers_reports() {
    let sandbox = Sandbox::new();
    let permit = || sample::permit(&sandbox.declaration, &sandbox.places);
    let report = Event { time: NOW, kind: EventKind::Report(Report { counts: Vec::new(), timings: None }) };
    let of = |component| {
        Recorder::open(permit(), &sandbox.declaration, &sandbox.places, sample::header(component))
    };
    of(Component::Server).record(&report).unwrap();
    let visit = Event {
        time: NOW,
        kind: EventKind::Console(Console {
            session: Id::from_random([1; 16]),
            action: None,
            route: "/data/:source",
            server: None,
            cli: None,
        }),
    };
    for _ in 0..2 {
        of(Component::Server).record(&report).unwrap();
        let console = of(Component::Console);
        for number in 0..12_000 {
            let _ = console.record(&visit);
            if number % 300 == 0 {
                sandbox.spool().seal(NOW);
            }
        }
    }
    sandbox.spool().seal(NOW);
    let bodies = deliver(&sandbox.spool(), NOW);
    let reports =
        bodies.iter().map(|body| String::from_utf8_lossy(body).matches("\"name\":\"report\"").count());
    assert_eq!(reports.sum::<usize>(), 3);
    assert!(bodies.iter().map(|body| told(body, DropReason::SpoolFull)).sum::<u64>() > 0, "it was a flood");
}
