CREATE SOURCE s (a int) WITH (
    connector = 'kafka',
    topic = 't',
    properties.bootstrap.servers = 'broker:9092',
    scan.startup.mod = 'earliest'
) FORMAT PLAIN ENCODE JSON (schema.registry = 'x');
