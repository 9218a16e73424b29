//! Answers in memory: never older than the last change of this process.

use platform::db::{Db, Error, Kept};
use platform::testing::{Engine, on_both};

use crate::TABLES;

const TOPIC: &str = "total";

async fn look(db: &Db) -> Result<i64, Error> {
    let mut tx = db.read().await?;
    tx.query("SELECT value FROM counters WHERE name = 'total'").value("value").await
}

/// Whether it rings or not.
async fn change(db: &Db, value: i64, rings: bool) {
    let mut tx = db.write().await.unwrap();
    tx.query("UPDATE counters SET value = $1").bind(value).execute().await.unwrap();
    if rings {
        tx.wake(TOPIC);
    }
    tx.commit().await.unwrap();
}

on_both! {
    async fn an_answer_is_kept_until_a_commit_rings(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let kept: Kept<&str, i64> = Kept::new(&db, TOPIC);
        let absent: Result<i64, _> = kept.get("broken", async { Err::<i64, _>(Error::broken("row", "gone")) }).await;
        assert!(absent.is_err() && kept.find(&"broken").is_err(), "a failure is not kept");
        assert_eq!(kept.get("total", look(&db)).await.unwrap(), 0);
        change(&db, 1, false).await;
        assert!(matches!(kept.find(&"total"), Ok(0) | Err(_)), "it may be kept for a moment");
        change(&db, 2, true).await;
        assert!(kept.find(&"total").is_err());
        assert_eq!(kept.get("total", look(&db)).await.unwrap(), 2);
    }

    async fn what_was_looked_up_before_a_change_is_not_kept_after_it(engine: Engine) {
        let db = engine.database(&TABLES).await;
        let kept: Kept<&str, i64> = Kept::new(&db, TOPIC);
        let asked = kept.find(&"total").unwrap_err();
        let before = look(&db).await.unwrap();
        change(&db, 7, true).await;
        kept.keep("total", before, asked);
        assert!(kept.find(&"total").is_err());
        let slow = async {
            let before = look(&db).await?;
            change(&db, 8, true).await;
            Ok::<_, Error>(before)
        };
        assert_eq!(kept.get("total", slow).await.unwrap(), 7, "who asked before may hear what was");
        assert_eq!(kept.get("total", look(&db)).await.unwrap(), 8);
    }
}
