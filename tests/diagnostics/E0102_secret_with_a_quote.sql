CREATE SINK a_quote_inside FROM t WITH (properties.sasl.password = 'hun'ter2');
