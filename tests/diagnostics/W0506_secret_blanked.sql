CREATE SOURCE s (a int) WITH (
    connector = 'kafka',
    topic = 't',
    properties.bootstrap.server = 'broker:9092',
    properties.sasl.username = 'mill',
    properties.sasl.password = 'hunter2'
) FORMAT PLAIN ENCODE JSON;
