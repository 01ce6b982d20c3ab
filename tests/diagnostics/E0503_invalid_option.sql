CREATE SOURCE s (a int) INCLUDE checksum AS c WITH (
    connector = 'kafka',
    topic = 't',
    properties.bootstrap.server = 'broker:9092',
    scan.startup.mode = 'yesterday',
    properties.socket.timeout.ms = 'soon',
    properties.sasl.mechanism = 'GSSAPI',
    properties.plugin.library.paths = '/tmp/evil.so'
) FORMAT PLAIN ENCODE JSON;
