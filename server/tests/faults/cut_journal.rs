//! A journal that was cut where a group ends: nothing looks torn, and only the signed head tells.

use std::fs;

use crate::program::{Server, banso, fine, new_ledger, visit};

#[tokio::test]
async fn a_journal_cut_at_the_end_of_a_group_gives_no_figures_of_fewer_entries() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let token = new_ledger(&data);
    let server = Server::start(&data, &token, 1024);
    let case = server.case().await;
    server.taken(&visit(&case, 10)).await;
    server.stop();
    let said = fine(&["replay", "--fy", "R7"], &data);
    assert!(said.contains("4 events replayed"), "{said}");

    let segment = data.join("journal/00000000000000000000.ndjson");
    let text = fs::read_to_string(&segment).unwrap();
    let commits: Vec<_> = text.match_indices("\n{\"commit\":").collect();
    let (last, _) = commits[commits.len() - 2];
    let end = last + 1 + text[last + 1..].find('\n').unwrap() + 1;
    fs::write(&segment, &text[..end]).unwrap();
    for command in [&["replay", "--fy", "R7"][..], &["verify"]] {
        let done = banso(command, &data);
        assert_eq!(done.status.code(), Some(1), "{command:?}");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains("position 3") && said.contains('4'), "{said}");
    }
    // Before the cut nothing is missing.
    fine(&["replay", "--fy", "R7", "--as-of", "3"], &data);
}
