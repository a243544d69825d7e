//! No file handle left: visitors take them all, and the server can open nothing more.

use std::net::TcpStream;

use crate::program::{Server, assert_all_there, assert_stopped, fine, new_ledger, visit};

#[tokio::test]
async fn visitors_that_take_every_file_handle_stop_intake_at_worst_and_lose_nothing() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let token = new_ledger(&data);
    let server = Server::start(&data, &token, 80);
    let case = server.case().await;
    // The client keeps its connection; of the others some wait, no more than the kernel lets wait.
    let crowd: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(&server.address))
        .collect();
    assert!(crowd.iter().filter(|one| one.is_ok()).count() > 80);
    let mut taken = Vec::new();
    let mut refused = None;
    for _ in 0..200 {
        let event = visit(&case, 100);
        let answer = server.post(&event).await;
        if answer.status() == 503 {
            assert_stopped(answer, "Too many open files").await;
            refused = Some(event);
            break;
        }
        assert_eq!(answer.status(), 201);
        // Read to its end, or the connection is not used again.
        answer.bytes().await.unwrap();
        taken.push(event);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let refused = refused.expect("the head cannot be written without a file handle");
    let ids = server.ids().await;
    assert_all_there(&ids, &taken);
    drop(crowd);
    server.stop();

    fine(&["verify"], &data);
    let server = Server::start(&data, &token, 1024);
    server.taken(&refused).await;
    assert_eq!(server.taken(&refused).await, 200);
    for event in &taken {
        assert_eq!(server.taken(event).await, 200);
    }
    server.stop();
    fine(&["verify"], &data);
}
