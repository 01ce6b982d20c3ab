CREATE TABLE log (a int, b text) APPEND ONLY;
INSERT INTO log VALUES (1, 'x');
UPDATE log SET b = 'y' WHERE a = 1;
DELETE FROM log;
