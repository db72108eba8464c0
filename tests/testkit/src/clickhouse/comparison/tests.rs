use super::exceptions::EXCEPTIONS;
use super::http::{Answer, Request};
use super::judge::Verdict;
use super::pair::Pair;
use super::statement::Statement;

fn statement(text: &str) -> Statement {
    Statement::of(&Request { target: "/?database=d&wait_end_of_query=1".to_owned(), body: text.into() })
}

fn success(body: &[u8]) -> Answer {
    Answer { is_success: true, body: body.to_vec() }
}

fn error(body: &str) -> Answer {
    Answer { is_success: false, body: body.into() }
}

/// What becomes of two answers, of which the columns are said to be these.
fn judge(text: &str, columns: &str, old: &Answer, new: &Answer) -> Verdict {
    let describe = |_: &str| success(columns.as_bytes());
    Verdict::of(&Pair { statement: &statement(text), old, new, describe: &describe })
}

fn excepted(what: &str) -> Verdict {
    Verdict::Excepted(EXCEPTIONS.iter().position(|exception| exception.what.contains(what)).unwrap())
}

fn is_different(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Different(_))
}

const NUMBERS: &str = "n\tUInt8\t\t\t\t\t\n";

#[test]
fn the_same_bytes_are_equal_and_any_other_are_not() {
    let insert = "INSERT INTO t (a) FORMAT RowBinary";
    assert_eq!(judge(insert, NUMBERS, &success(b""), &success(b"")), Verdict::Equal);
    assert!(is_different(&judge(insert, NUMBERS, &success(b""), &error("Code: 27. DB::Exception: no"))));
    let ordered = "SELECT n FROM t ORDER BY n FORMAT RowBinary";
    assert!(is_different(&judge(ordered, NUMBERS, &success(&[1, 2]), &success(&[2, 1]))));
    let counted = "SELECT count() FROM t FORMAT TabSeparated";
    assert!(is_different(&judge(counted, NUMBERS, &success(b"1\n2\n"), &success(b"2\n1\n"))));
    // The same error is a difference too: no statement of a run is refused but one.
    assert!(is_different(&judge(insert, NUMBERS, &error("Code: 60, a"), &error("Code: 60, a"))));
}

#[test]
fn rows_may_come_in_another_order_where_none_is_asked_for() {
    let text = "SELECT n FROM t WHERE (n) IN (SELECT n FROM u ORDER BY n) FORMAT RowBinary";
    assert_eq!(judge(text, NUMBERS, &success(&[1, 2]), &success(&[2, 1])), excepted("order"));
    for other in [&[1, 3][..], &[1, 2, 2], &[1], &[]] {
        assert!(is_different(&judge(text, NUMBERS, &success(&[1, 2]), &success(other))), "{other:?}");
    }
    let unknown = "n\tFloat64\t\t\n";
    assert!(is_different(&judge(text, unknown, &success(&[1, 2]), &success(&[2, 1]))));
}

#[test]
fn rows_that_are_equal_by_what_they_are_ordered_by_may_come_in_any_order() {
    let text = "SELECT a, b FROM t ORDER BY a DESC LIMIT 1 BY b FORMAT RowBinary";
    let columns = "a\tUInt8\nb\tUInt8\n";
    let old = success(&[2, 1, 2, 5, 1, 7]);
    assert_eq!(judge(text, columns, &old, &success(&[2, 5, 2, 1, 1, 7])), excepted("order"));
    assert!(is_different(&judge(text, columns, &old, &success(&[1, 7, 2, 1, 2, 5]))));
    assert!(is_different(&judge(text, columns, &old, &success(&[2, 5, 2, 2, 1, 7]))));
    let unknown = text.replace("ORDER BY a DESC", "ORDER BY c");
    assert!(is_different(&judge(&unknown, columns, &old, &success(&[2, 5, 2, 1, 1, 7]))));
}

#[test]
fn rows_are_taken_apart_by_the_types_of_their_columns() {
    let text = "SELECT day, name, hash, groupArray(who) FROM t GROUP BY day, name, hash FORMAT RowBinary";
    let columns = "day\tDate\nname\tString\nhash\tFixedString(2)\ngroupArray(who)\tArray(UInt16)\n";
    let first = [&[7, 0, 2], &b"ab"[..], b"xy", &[2, 1, 0, 2, 0]].concat();
    let turned = [&[7, 0, 2], &b"ab"[..], b"xy", &[2, 2, 0, 1, 0]].concat();
    let second = [&[8, 0, 0], &b"zz"[..], &[0]].concat();
    let old = success(&[&first[..], &second].concat());
    for (new, is_same) in [
        (&[&second[..], &turned].concat(), true),
        (&[&second[..], &turned[..11]].concat(), false),
        // The same bytes in another order are no same rows.
        (&[&second[..], &[7, 0, 2], b"ba", b"xy", &[2, 2, 0, 1, 0]].concat(), false),
        (&[&second[..], &[7, 0, 2], b"ab", b"xy", &[2, 2, 0, 3, 0]].concat(), false),
    ] {
        let verdict = judge(text, columns, &old, &success(new));
        assert_eq!(verdict == excepted("order"), is_same, "{new:?}");
        assert_eq!(is_different(&verdict), !is_same, "{new:?}");
    }
    // Arrays that are stored have the order that they were given.
    let stored = text.replace("groupArray(who)", "who");
    let columns = columns.replace("groupArray(who)", "who");
    let turned = success(&[&second[..], &turned].concat());
    assert!(is_different(&judge(&stored, &columns, &old, &turned)));
}

#[test]
fn a_server_may_run_for_another_time_and_everything_else_it_says_must_be_the_same() {
    let text = "SELECT count(), toUInt32(uptime()) FROM t FORMAT RowBinary";
    let columns = "count()\tUInt8\ntoUInt32(uptime())\tUInt32\n";
    let old = success(&[3, 9, 0, 0, 0]);
    assert_eq!(judge(text, columns, &old, &success(&[3, 4, 0, 0, 0])), excepted("uptime"));
    assert!(is_different(&judge(text, columns, &old, &success(&[2, 4, 0, 0, 0]))));
}

#[test]
fn versions_are_those_that_are_to_be_compared() {
    let text = "SELECT version()";
    assert_eq!(judge(text, NUMBERS, &success(b"18.16.1\n"), &success(b"26.9.2.1\n")), excepted("version"));
    assert!(is_different(&judge(text, NUMBERS, &success(b"18.16.1\n"), &success(b"25.3.1.1\n"))));
    assert!(is_different(&judge(text, NUMBERS, &success(b"18.16.1\n"), &error("26.9"))));
}

#[test]
fn nothing_is_refused_but_a_question_to_zookeeper() {
    let text = "SELECT count() FROM system.zookeeper WHERE path = '/'";
    let old = error("Code: 225, e.displayText() = DB::Exception: No ZooKeeper");
    let new = error("Code: 60. DB::Exception: Unknown table");
    assert_eq!(judge(text, NUMBERS, &old, &new), excepted("ZooKeeper"));
    assert!(is_different(&judge(text, NUMBERS, &old, &error("Code: 62. DB::Exception: Syntax error"))));
    assert!(is_different(&judge(text, NUMBERS, &old, &success(b"0\n"))));
    assert!(is_different(&judge("SELECT count() FROM t", NUMBERS, &old, &new)));
}

#[test]
fn statements_of_one_kind_differ_in_numbers_and_texts_alone() {
    let kind = |text: &str| statement(text).kind();
    assert_eq!(
        kind("SELECT toInt32(a) FROM store_7.t WHERE a IN (1, 22, 333) AND b = 'it\\'s' AND c > -5"),
        kind("SELECT toInt32(a) FROM store_12.t WHERE a IN (4) AND b = '' AND c > 5")
    );
    assert_ne!(kind("SELECT toInt32(a) FROM t"), kind("SELECT toInt64(a) FROM t"));
    let inserted = Request {
        target: "/?query=INSERT%20INTO%20t%20(a)%20FORMAT%20RowBinary&x=1".to_owned(),
        body: vec![1, 2],
    };
    assert_eq!(Statement::of(&inserted).text(), "INSERT INTO t (a) FORMAT RowBinary");
}
