// What lib/pq does with a clickstream pipeline: parameters, types, arrays, COPY in a transaction, errors.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/lib/pq"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	db, err := sql.Open("postgres", os.Args[1])
	must(err)
	var n int64
	must(db.QueryRow("select count(*) from click_mv_session_summary where country = $1", "US").Scan(&n))
	fmt.Println("us", n)
	rows, err := db.Query("select session_id, session_start, duration_seconds, total_events from click_mv_session_summary order by 1")
	must(err)
	for rows.Next() {
		var id string
		var at time.Time
		var d float64
		var t int
		must(rows.Scan(&id, &at, &d, &t))
		fmt.Println(id, at.UTC().Format(time.RFC3339), d, t)
	}
	must(rows.Err())
	var devices []string
	must(db.QueryRow("select array_agg(distinct device_type) from click_mv_session_summary").Scan(pq.Array(&devices)))
	fmt.Println(devices)
	tx, err := db.Begin()
	must(err)
	stmt, err := tx.Prepare(pq.CopyIn("click_events", "event_id", "user_id", "session_id", "event_type", "page_url", "event_ts"))
	must(err)
	for i := 0; i < 3; i++ {
		_, err = stmt.Exec(fmt.Sprintf("x%d", i), "u9", "s9", "page_view", "/home", time.Date(2026, 4, 2, 0, 0, i, 0, time.UTC))
		must(err)
	}
	_, err = stmt.Exec()
	must(err)
	must(stmt.Close())
	must(tx.Commit())
	must(db.QueryRow("select total_events from click_mv_session_summary where session_id = 's9'").Scan(&n))
	fmt.Println("copied", n)
	r, err := db.Exec("delete from click_events where session_id = $1", "s9")
	must(err)
	k, _ := r.RowsAffected()
	fmt.Println("deleted", k)
	_, err = db.Exec("select nope from click_events")
	fmt.Println(err.(*pq.Error).Code, err)
}
