// tokio-postgres and sqlx over TLS: a look-up and an INSERT each. Arguments: port, the server's certificate.
use std::error::Error;

const INSERT: &str = "insert into click_events (event_id, user_id, session_id, event_type, event_ts) values ($1, 'u9', 's9', 'page_view', now())";
const LOOK_UP: &str = "select total_events from click_mv_session_summary where session_id = $1";

async fn with_tokio_postgres(port: u16, certificate: &[u8]) -> Result<(), Box<dyn Error>> {
    let tls = native_tls::TlsConnector::builder().add_root_certificate(native_tls::Certificate::from_pem(certificate)?).build()?;
    let (client, connection) = tokio_postgres::Config::new()
        .host("localhost")
        .hostaddr("127.0.0.1".parse()?)
        .port(port)
        .dbname("dev")
        .user("kit_scram")
        .password("kitpw")
        .ssl_mode(tokio_postgres::config::SslMode::Require)
        .channel_binding(tokio_postgres::config::ChannelBinding::Require)
        .connect(postgres_native_tls::MakeTlsConnector::new(tls))
        .await?;
    tokio::spawn(connection);
    client.execute(INSERT, &[&"tokio"]).await?;
    println!("tokio-postgres {}", client.query_one(LOOK_UP, &[&"s9"]).await?.get::<_, i64>(0));
    Ok(())
}

async fn with_sqlx(port: u16, path: &str) -> Result<(), Box<dyn Error>> {
    use sqlx::{ConnectOptions, Row};
    let mut client = sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(port)
        .database("dev")
        .username("kit_scram")
        .password("kitpw")
        .ssl_mode(sqlx::postgres::PgSslMode::VerifyFull)
        .ssl_root_cert(path)
        .connect()
        .await?;
    sqlx::query(INSERT).bind("sqlx").execute(&mut client).await?;
    println!("sqlx {}", sqlx::query(LOOK_UP).bind("s9").fetch_one(&mut client).await?.get::<i64, _>(0));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let port = arguments[1].parse()?;
    with_tokio_postgres(port, &std::fs::read(&arguments[2])?).await?;
    with_sqlx(port, &arguments[2]).await
}
