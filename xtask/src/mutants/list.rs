//! The mutations, in the order of the promises that they break.

/// One change of the code, and the test that must notice it.
#[derive(Debug)]
pub(super) struct Mutation {
    /// What it breaks, in a few words.
    pub(super) name: &'static str,
    /// The file.
    pub(super) file: &'static str,
    /// What stands there, once.
    pub(super) from: &'static str,
    /// What stands there instead.
    pub(super) to: &'static str,
    /// Who notices.
    pub(super) test: Test,
}

/// Tests of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// The package.
    pub(super) package: &'static str,
    /// `--lib` or `--test=NAME`.
    pub(super) target: &'static str,
    /// What their names hold.
    pub(super) name: &'static str,
}

const fn of(package: &'static str, target: &'static str, name: &'static str) -> Test {
    Test { package, target, name }
}

const COLLECTOR: &str = "aboveboard-collector";
const PUBLISHED: &str = "aboveboard-published";
const STORE: &str = "aboveboard-store";

pub(super) const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "a quarter of the noise of details",
        file: "crates/collector/src/publish/variance.rs",
        from: "sums.max().unwrap_or(0).max(1) * VARIANCE_OF_ONE",
        to: "sums.max().unwrap_or(0).max(1) * VARIANCE_OF_ONE / 4",
        test: of(COLLECTOR, "--lib", "torture_presence_of_a_server_stays_within_the_bound"),
    },
    Mutation {
        name: "a quarter of the noise of the headline",
        file: "crates/published/src/parameters.rs",
        from: "HEADLINE_VARIANCE: u64 = 50",
        to: "HEADLINE_VARIANCE: u64 = 12",
        test: of(COLLECTOR, "--lib", "torture_presence_of_a_server_stays_within_the_bound"),
    },
    Mutation {
        name: "no noise",
        file: "crates/collector/src/publish/draw.rs",
        from: "count.checked_add(noise.gaussian(variance)?)",
        to: "count.checked_add(noise.gaussian(variance)?.signum())",
        test: of(COLLECTOR, "--lib", "torture_fakes_around_one_installation_do_not_show_it"),
    },
    Mutation {
        name: "an installation that counts twice",
        file: "crates/collector/src/publish/draw.rs",
        from: "*count += 1;",
        to: "*count += 2;",
        test: of(COLLECTOR, "--lib", "torture_several_publications_together_say_no_more"),
    },
    Mutation {
        name: "bounds that nobody checks",
        file: "crates/collector/src/publish/draw.rs",
        from: "broken = bounds.broken(contribution);",
        to: "broken = bounds.broken(contribution).filter(|_| false);",
        test: of(COLLECTOR, "--lib", "torture_presence_exceeds_the_bound_where_no_bound_is_held"),
    },
    Mutation {
        name: "one cell alone in a rest row",
        file: "crates/collector/src/publish/rest.rs",
        from: "while !is_shown(sum(&members), members.len()) {",
        to: "while members.is_empty() {",
        test: of(COLLECTOR, "--lib", "torture_no_cell_of_a_rest_row_is_known_by_subtraction"),
    },
    Mutation {
        name: "a rest row that names what is in it",
        file: "crates/collector/src/publish/assemble.rs",
        from: "label: format!(\"{count} smaller ones together\"),",
        to: "label: format!(\"{count}: {:?}\", rest.members.first().map(|of| self.settled.cells[*of])),",
        test: of(COLLECTOR, "--lib", "what_moves_between_two_cells_of_a_rest_row_changes_no_byte"),
    },
    Mutation {
        name: "a draw that is made again",
        file: "crates/collector/src/publish/keep/kept_draws.rs",
        from: "any(|(other, _)| other.draw >= id.draw)",
        to: "any(|(other, _)| other.draw > id.draw)",
        test: of(COLLECTOR, "--lib", "publish::keep::tests::a_draw_goes_from_ready_to_published"),
    },
    Mutation {
        name: "details of a small product",
        file: "crates/collector/src/publish/draw.rs",
        from: "        if drawn.is_small {\n            break;",
        to: "        if drawn.is_small && false {\n            break;",
        test: of(COLLECTOR, "--lib", "of_few_installations_nothing_is_said_but_that"),
    },
    Mutation {
        name: "noise of another variance than is said",
        file: "crates/collector/src/publish/noise.rs",
        from: "self.exp(numerator, denominator)?",
        to: "self.exp(numerator / 2, denominator)?",
        test: of(COLLECTOR, "--lib", "torture_draws_are_of_the_distribution_that_they_claim"),
    },
    Mutation {
        name: "a correction that is free",
        file: "crates/published/src/ledger.rs",
        from: "Self { id, is_drawn: true, rho: charged(publication)? }",
        to: "Self { id, is_drawn: id.draw == 1, rho: charged(publication)? }",
        test: of(PUBLISHED, "--lib", "a_correction_is_charged_and_a_withdrawal_is_free"),
    },
    Mutation {
        name: "a draw that was never shown and is free",
        file: "crates/published/src/ledger.rs",
        from: "Charge::of(document)?.with_unseen(&charged)?;",
        to: "Charge::of(document)?;",
        test: of(PUBLISHED, "--lib", "a_draw_that_was_never_shown_is_charged_with_the_one_that_corrects_it"),
    },
    Mutation {
        name: "a remembered log that nobody compares",
        file: "crates/published/src/verify/head.rs",
        from: "if let Some(remembered) = &trust.remembered {",
        to: "if let Some(remembered) = trust.remembered.as_ref().filter(|_| false) {",
        test: of(
            PUBLISHED,
            "--test=site",
            "a_log_that_is_rewritten_and_signed_again_is_found_by_who_remembers_it",
        ),
    },
    Mutation {
        name: "more commands than count",
        file: "crates/store/src/contributions/bound.rs",
        from: "candidates.truncate(at_most);",
        to: "candidates.truncate(at_most + 1);",
        test: of(STORE, "--lib", "ten_thousand_commands_and_everything_else_stay_within_the_bounds"),
    },
    Mutation {
        name: "fakes of one day that count",
        file: "crates/store/src/contributions/store.rs",
        from: ".filter(|_| standing == Standing::Verified)",
        to: ".filter(|_| standing == Standing::Verified || true)",
        test: of(
            COLLECTOR,
            "--lib",
            "ten_times_as_many_made_up_installations_of_one_day_move_the_headline_by_nothing",
        ),
    },
    Mutation {
        name: "a list as long as there are installations",
        file: "crates/collector/src/publish/draw.rs",
        from: "for _ in counted..active.saturating_add(PADDING.into()) {",
        to: "for _ in 0..i64::from(PADDING) + active.min(0) {",
        test: of(COLLECTOR, "--lib", "the_list_has_the_lines_of_all_and_its_length_says_no_more"),
    },
    Mutation {
        name: "a list in the order of the store",
        file: "crates/collector/src/publish/draw.rs",
        from: "    lines.sort_unstable();\n    Ok(lines)",
        to: "    Ok(lines)",
        test: of(COLLECTOR, "--lib", "two_stores_that_differ_by_one_installation_give_the_same_bytes"),
    },
    Mutation {
        name: "a list of a small product",
        file: "crates/collector/src/publish/draw.rs",
        from: "drawn.active().filter(|_| !drawn.is_small)",
        to: "drawn.active()",
        test: of(COLLECTOR, "--lib", "the_site_of_a_small_product_is_the_same_however_small_it_is"),
    },
    Mutation {
        name: "an exact number in a note",
        file: "crates/collector/src/publish/run.rs",
        from: "map(note).into_iter().collect();",
        to: "map(note).into_iter().chain([note(&counts.cells()[0].to_string())]).collect();",
        test: of(COLLECTOR, "--lib", "two_stores_that_differ_by_one_installation_give_the_same_bytes"),
    },
    Mutation {
        name: "a draw that is made again where it is kept",
        file: "crates/collector/src/publish/run.rs",
        from: "    if let Some(draw) = kept.get(order.id)? {\n        return Ok(draw);",
        to: "    if let Some(draw) = kept.get(order.id)? && !data.exists() {\n        return Ok(draw);",
        test: of(COLLECTOR, "--lib", "an_erasure_after_the_draw_changes_no_byte_of_it"),
    },
    Mutation {
        name: "an order of rows that is no order of figures with noise",
        file: "crates/collector/src/publish/assemble.rs",
        from: "rows.sort_by_key(|(value, _)| std::cmp::Reverse(*value));",
        to: "rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.label.clone()));",
        test: of(COLLECTOR, "--lib", "every_table_of_the_manifest_is_there_with_its_words"),
    },
    Mutation {
        name: "a held publication that is shown",
        file: "crates/collector/src/publish/held.rs",
        from: "const MANY: i64 = 3;",
        to: "const MANY: i64 = 300;",
        test: of(COLLECTOR, "--lib", "made_up_installations_that_are_kept_alive_have_the_publication_held"),
    },
];
