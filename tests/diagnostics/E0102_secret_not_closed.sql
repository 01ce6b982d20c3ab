CREATE SINK not_closed FROM t WITH (connector = 'kafka',
    properties.sasl.password = 'hunter2, topic = 't');
