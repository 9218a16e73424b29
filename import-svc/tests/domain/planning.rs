//! Rows and look-ups become a plan.

use std::collections::BTreeMap;

use import_svc::domain::fingerprint::FieldPrints;
use import_svc::domain::kind::Kind;
use import_svc::domain::plan::accept::{AcceptMode, Accepted, Declined, WhenSeatsRunOut};
use import_svc::domain::plan::{Counts, Disposition, Known};
use import_svc::domain::problem::Code;

use crate::people;
use crate::support::{invites, nobody, plan, read, users};

const HEADER: &str = "first name,last name,email,title\n";

fn stored(given: &str, family: &str, title: &str) -> Known {
    let prints = FieldPrints::of([Some(given), Some(family), Some(title), None, None, None, None]);
    Known { user: Some(prints), ..Known::default() }
}

fn member(holds_seat: bool) -> Known {
    Known { holds_seat, ..stored("Ann", "Miller", "Boss") }
}

fn suspended(holds_seat: bool) -> Known {
    Known { is_suspended: true, ..member(holds_seat) }
}

fn dispositions(plan: &import_svc::domain::plan::Plan) -> Vec<&'static str> {
    plan.fates.iter().map(|fate| name(fate.disposition)).collect()
}

const fn name(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::New => "NEW",
        Disposition::Updated => "UPDATED",
        Disposition::Unchanged => "UNCHANGED",
        Disposition::Superseded { .. } => "SUPERSEDED",
        Disposition::Error => "ERROR",
    }
}

#[test]
fn f8_the_last_row_of_an_address_wins() {
    let outcome = users(format!(
        "{HEADER}A,A,ann@example.org\nB,B,bob@example.org\n\nC,C,ANN@example.org\nD,D,Ann@Example.org\n"
    ));
    let plan = plan(&outcome.rows, nobody);
    assert_eq!(dispositions(&plan), ["SUPERSEDED", "NEW", "SUPERSEDED", "NEW"]);
    assert_eq!(plan.fates[0].disposition, Disposition::Superseded { by_line: 5 });
    assert_eq!(plan.fates[2].disposition, Disposition::Superseded { by_line: 6 });
    assert_eq!(plan.counts, Counts { rows: 4, new: 2, superseded: 2, ..Counts::default() });
}

#[test]
fn f8_ten_thousand_rows_of_one_address_are_one_user() {
    let file = format!("{HEADER}{}", "Ann,Miller,ann@example.org\n".repeat(10_000));
    let plan = plan(&users(file).rows, nobody);
    assert_eq!((plan.counts.new, plan.counts.superseded), (1, 9_999));
}

#[test]
fn f8_a_plus_tag_is_another_address() {
    let plan = plan(&invites("ann@example.org,true\nann+x@example.org,true\n").rows, nobody);
    assert_eq!(plan.counts.new, 2);
}

#[test]
fn f8_a_later_row_wins_even_with_an_error() {
    let outcome =
        invites("ann@example.org,true\nann@example.org,fasle\nbob@example.org,x\nbob@example.org,true\n");
    let plan = plan(&outcome.rows, nobody);
    assert_eq!(dispositions(&plan), ["SUPERSEDED", "ERROR", "SUPERSEDED", "NEW"]);
    assert_eq!((plan.counts.errors, plan.counts.seats_required), (1, 1));
    assert_eq!(plan.groups.len(), 1);
    assert_eq!(plan.groups[0].sample_lines, [2]);
}

#[test]
fn q12_blank_optional_cells_keep_what_is_stored() {
    let outcome = users(format!(
        "{HEADER}Ann,Miller,a@example.org,\nAnn,Miller,b@example.org,Boss\nAnn,Miller,c@example.org,Chief\nAnna,Miller,d@example.org,\n"
    ));
    let plan = plan(&outcome.rows, |_| stored("Ann", "Miller", "Boss"));
    assert_eq!(dispositions(&plan), ["UNCHANGED", "UNCHANGED", "UPDATED", "UPDATED"]);
}

#[test]
fn f16_importing_the_same_file_again_changes_nothing() {
    let rows = users(people::location_users(10_000)).rows;
    let directory: BTreeMap<String, FieldPrints> = rows
        .iter()
        .filter_map(|row| row.person())
        .map(|person| (person.email.clone(), person.prints()))
        .collect();
    assert_eq!(plan(&rows, nobody).counts, Counts { rows: 10_000, new: 10_000, ..Counts::default() });
    let again = plan(&rows, |email| Known { user: directory.get(email).copied(), ..Known::default() });
    assert_eq!(again.counts, Counts { rows: 10_000, unchanged: 10_000, ..Counts::default() });
}

#[test]
fn b15_true_takes_a_seat_and_false_takes_none_either_way() {
    let table = [
        ("true", Known::default(), "NEW", true),
        ("false", Known::default(), "NEW", false),
        ("true", member(false), "UPDATED", true),
        ("true", member(true), "UNCHANGED", false),
        ("false", member(false), "UNCHANGED", false),
        ("false", member(true), "UNCHANGED", false),
        ("true", suspended(false), "UNCHANGED", false),
        ("true", suspended(true), "UNCHANGED", false),
        ("false", suspended(true), "UNCHANGED", false),
    ];
    for (cell, known, disposition, needs_seat) in table {
        let plan = plan(&invites(format!("ann@example.org,{cell}\n")).rows, |_| known);
        let fate = plan.fates[0];
        assert_eq!((name(fate.disposition), fate.needs_seat), (disposition, needs_seat), "{cell} {known:?}");
        assert_eq!(fate.keeps_seat, cell == "false" && known.holds_seat);
    }
}

#[test]
fn f14_a_location_file_touches_no_licence() {
    let plan = plan(&users(format!("{HEADER}Ann,Miller,a@example.org\n")).rows, |_| member(true));
    assert_eq!((plan.counts.seats_required, plan.counts.seats_kept), (0, 0));
}

#[test]
fn n1_the_plan_counts_seats_needed_against_free() {
    let plan = plan(&invites(people::license_invite(240)).rows, nobody);
    assert_eq!(plan.counts.seats_required, 120);
    let refuse = |free| plan.accept(free, AcceptMode::AllOrNothing, WhenSeatsRunOut::Refuse);
    assert_eq!(refuse(100), Err(Declined::InsufficientSeats { required: 120, free: 100, shortfall: 20 }));
    assert_eq!(refuse(120), Ok(Accepted { seats: 120, last_seated_row: 239 }));
}

#[test]
fn q8_seats_go_to_true_rows_in_file_order_until_they_are_out() {
    let file = "a@example.org,false\nb@example.org,true\nc@example.org,true\nb@example.org,true\nd@example.org,true\n";
    let plan = plan(&invites(file).rows, nobody);
    let accepted = plan.accept(2, AcceptMode::AllOrNothing, WhenSeatsRunOut::ImportWithout).unwrap();
    assert_eq!(accepted.seats, 2);
    let seated: Vec<bool> =
        plan.fates.iter().zip(1..).map(|(fate, row)| accepted.seats_row(row, fate)).collect();
    assert_eq!(seated, [false, false, true, true, false]);
    let none = plan.accept(0, AcceptMode::AllOrNothing, WhenSeatsRunOut::ImportWithout).unwrap();
    assert_eq!(none, Accepted { seats: 0, last_seated_row: 0 });
    let plenty = plan.accept(9, AcceptMode::AllOrNothing, WhenSeatsRunOut::ImportWithout).unwrap();
    assert_eq!(plenty, Accepted { seats: 3, last_seated_row: 5 });
}

#[test]
fn d9_q8_a_deactivated_user_keeps_no_seat_from_those_behind() {
    let file = "off@example.org,true\nann@example.org,true\n";
    let known = |email: &str| if email.starts_with("off") { suspended(false) } else { Known::default() };
    let plan = plan(&invites(file).rows, known);
    let accepted = plan.accept(1, AcceptMode::AllOrNothing, WhenSeatsRunOut::Refuse).unwrap();
    assert_eq!(accepted, Accepted { seats: 1, last_seated_row: 2 });
    let seated: Vec<bool> =
        plan.fates.iter().zip(1..).map(|(fate, row)| accepted.seats_row(row, fate)).collect();
    assert_eq!(seated, [false, true]);
}

#[test]
fn q11_errors_decline_the_plan_unless_valid_rows_are_asked_for() {
    let bad = plan(&invites("ann@example.org,true\nbob,true\n").rows, nobody);
    let accept = |mode| bad.accept(5, mode, WhenSeatsRunOut::Refuse);
    assert_eq!(accept(AcceptMode::AllOrNothing), Err(Declined::HasErrors { errors: 1 }));
    assert_eq!(accept(AcceptMode::ValidRows), Ok(Accepted { seats: 1, last_seated_row: 1 }));
    let hopeless = plan(&invites("bob,true\n").rows, nobody);
    assert_eq!(
        hopeless.accept(5, AcceptMode::ValidRows, WhenSeatsRunOut::Refuse),
        Err(Declined::NothingToImport)
    );
}

#[test]
fn n1_plans_differ_exactly_when_a_disposition_does() {
    let rows = invites("ann@example.org,true\nbob@example.org,false\n").rows;
    let before = plan(&rows, nobody);
    assert_eq!(before, plan(&rows, nobody));
    assert_ne!(
        before,
        plan(&rows, |email| if email.starts_with("bob") { member(false) } else { Known::default() })
    );
    assert_ne!(plan(&rows, |_| member(false)), plan(&rows, |_| member(true)));
}

#[test]
fn p7_errors_are_grouped_by_cause_with_counts_and_samples() {
    let mut file = String::from(HEADER);
    file.push_str(&"Ann,Miller,nope\n".repeat(20));
    file.push_str(",Miller,a@example.org\n");
    file.push_str("Ann,,b@example.org\n");
    let plan = plan(&users(file).rows, nobody);
    let groups: Vec<_> = plan.groups.iter().map(|group| (group.code, group.column, group.rows)).collect();
    assert_eq!(
        groups,
        [
            (Code::EmailInvalid, "email", 20),
            (Code::NameRequired, "first name", 1),
            (Code::NameRequired, "last name", 1)
        ]
    );
    assert_eq!(plan.groups[0].sample_lines, (2..12).collect::<Vec<u32>>());
}

#[test]
fn f2_a_hundred_thousand_rows_are_taken_in_and_one_more_is_not() {
    let file = people::license_invite(100_000);
    let outcome = read(Kind::LicenseInvite, &file).unwrap();
    assert_eq!(plan(&outcome.rows, nobody).counts.seats_required, 50_000);
    let refusal = read(Kind::LicenseInvite, file + "more@example.org,true\n").err().unwrap();
    assert_eq!((refusal.reason.as_str(), refusal.line), ("TOO_MANY_ROWS", Some(100_002)));
}
