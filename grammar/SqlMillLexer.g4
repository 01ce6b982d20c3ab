// The words of SQL, by PostgreSQL's lexical rules. The lexer reads bytes, and letters arrive in lower case (the text itself is
// taken from the source by the token's place), so keywords are written in lower case here and bytes from 0x80 on are letters.
lexer grammar SqlMillLexer;

options { superClass = LexerBase; }

@postinclude {
#include "compiler/parse/lexer_base.h"
}

tokens {
  // A parenthesis that opens a query. The lexer never makes it: tokens.cpp looks ahead and retypes LPAREN, so that the
  // parser needs one token to tell `(SELECT …)` from `(a + b)`.
  QUERY_OPEN,
  // Set by the action of BLOCK_COMMENT.
  UNTERMINATED_COMMENT
}

// ---- Reserved: not usable as a name without quotes ----

ALL : 'all';
AND : 'and';
ANY : 'any';
ARRAY : 'array';
AS : 'as';
ASC : 'asc';
ASYMMETRIC : 'asymmetric';
BOTH : 'both';
CASE : 'case';
CAST : 'cast';
CHECK : 'check';
COLLATE : 'collate';
COLUMN : 'column';
CONSTRAINT : 'constraint';
CREATE : 'create';
CROSS : 'cross';
CURRENT_CATALOG : 'current_catalog';
CURRENT_DATE : 'current_date';
CURRENT_ROLE : 'current_role';
CURRENT_TIME : 'current_time';
CURRENT_TIMESTAMP : 'current_timestamp';
CURRENT_USER : 'current_user';
DEFAULT : 'default';
DESC : 'desc';
DISTINCT : 'distinct';
DO : 'do';
ELSE : 'else';
END : 'end';
EXCEPT : 'except';
FALSE : 'false';
FETCH : 'fetch';
FOR : 'for';
FOREIGN : 'foreign';
FROM : 'from';
FULL : 'full';
GROUP : 'group';
HAVING : 'having';
ILIKE : 'ilike';
IN : 'in';
INNER : 'inner';
INTERSECT : 'intersect';
INTO : 'into';
IS : 'is';
ISNULL : 'isnull';
JOIN : 'join';
LATERAL : 'lateral';
LEADING : 'leading';
LEFT : 'left';
LIKE : 'like';
LIMIT : 'limit';
LOCALTIME : 'localtime';
LOCALTIMESTAMP : 'localtimestamp';
NATURAL : 'natural';
NOT : 'not';
NOTNULL : 'notnull';
NULL_P : 'null';
OFFSET : 'offset';
ON : 'on';
ONLY : 'only';
OR : 'or';
ORDER : 'order';
OUTER : 'outer';
PLACING : 'placing';
PRIMARY : 'primary';
REFERENCES : 'references';
RETURNING : 'returning';
RIGHT : 'right';
SELECT : 'select';
SESSION_USER : 'session_user';
SIMILAR : 'similar';
SOME : 'some';
SYMMETRIC : 'symmetric';
TABLE : 'table';
THEN : 'then';
TO : 'to';
TRAILING : 'trailing';
TRUE : 'true';
UNION : 'union';
UNIQUE : 'unique';
USER : 'user';
USING : 'using';
VALUES : 'values';
VARIADIC : 'variadic';
WHEN : 'when';
WHERE : 'where';
WINDOW : 'window';
WITH : 'with';

// ---- Not reserved: also names; the parser's rules `identifier` and `bareAlias` list where ----

ALTER : 'alter';
ALWAYS : 'always';
ANALYZE : 'analyze';
APPEND : 'append';
ASOF : 'asof';
AT : 'at';
BEGIN : 'begin';
BETWEEN : 'between';
BY : 'by';
CASCADED : 'cascaded';
CHARACTER : 'character';
CLOSE : 'close';
COMMENT : 'comment';
COMMIT : 'commit';
CONFLICT : 'conflict';
CONNECTION : 'connection';
COPY : 'copy';
CUBE : 'cube';
CURRENT : 'current';
DATABASE : 'database';
DAY : 'day';
DECLARE : 'declare';
DELETE : 'delete';
DESCRIBE : 'describe';
DISTRIBUTED : 'distributed';
DOUBLE : 'double';
DROP : 'drop';
EMIT : 'emit';
ENCODE : 'encode';
ENGINE : 'engine';
ESCAPE : 'escape';
EXCLUDE : 'exclude';
EXECUTE : 'execute';
EXISTS : 'exists';
EXPLAIN : 'explain';
EXTRACT : 'extract';
FILTER : 'filter';
FIRST : 'first';
FLUSH : 'flush';
FOLLOWING : 'following';
FORMAT : 'format';
FUNCTION : 'function';
GENERATED : 'generated';
GRANT : 'grant';
GROUPING : 'grouping';
GROUPS : 'groups';
HOUR : 'hour';
IDENTITY : 'identity';
IF : 'if';
IGNORE : 'ignore';
INCLUDE : 'include';
INDEX : 'index';
INSERT : 'insert';
INTERVAL : 'interval';
KEY : 'key';
LAST : 'last';
LOCK : 'lock';
MATERIALIZED : 'materialized';
MERGE : 'merge';
MINUTE : 'minute';
MONTH : 'month';
NEXT : 'next';
NOTHING : 'nothing';
NULLS : 'nulls';
OF : 'of';
OPERATOR_WORD : 'operator';
ORDINALITY : 'ordinality';
OTHERS : 'others';
OVER : 'over';
OVERLAPS : 'overlaps';
OVERLAY : 'overlay';
OVERWRITE : 'overwrite';
PARTITION : 'partition';
POSITION : 'position';
PRECEDING : 'preceding';
PRECISION : 'precision';
PREPARE : 'prepare';
RANGE : 'range';
RECURSIVE : 'recursive';
REPLACE : 'replace';
RESPECT : 'respect';
REVOKE : 'revoke';
ROLE : 'role';
ROLLBACK : 'rollback';
ROLLUP : 'rollup';
ROW : 'row';
ROWS : 'rows';
SCHEMA : 'schema';
SECOND : 'second';
SECRET : 'secret';
SESSION : 'session';
SET : 'set';
SETS : 'sets';
SHOW : 'show';
SINK : 'sink';
SOURCE : 'source';
START : 'start';
STORED : 'stored';
STRUCT : 'struct';
SUBSCRIPTION : 'subscription';
SUBSTRING : 'substring';
SYSTEM_TIME : 'system_time';
TEMP : 'temp';
TEMPORARY : 'temporary';
TIES : 'ties';
TIME : 'time';
TIMESTAMP : 'timestamp';
TRIM : 'trim';
TRUNCATE : 'truncate';
TYPE : 'type';
UNBOUNDED : 'unbounded';
UNKNOWN : 'unknown';
UNLOGGED : 'unlogged';
UPDATE : 'update';
USE : 'use';
VACUUM : 'vacuum';
VARYING : 'varying';
VERSION : 'version';
VIEW : 'view';
VIRTUAL : 'virtual';
WAIT : 'wait';
WATERMARK : 'watermark';
WITHIN : 'within';
WITHOUT : 'without';
YEAR : 'year';
ZONE : 'zone';

// ---- Names and literals ----

IDENT : [a-z_\u0080-\u00ff] [a-z0-9_$\u0080-\u00ff]*;
QUOTED_IDENT : '"' (~["] | '""')* '"';
UNTERMINATED_IDENT : '"' (~["] | '""')*;

NUMBER : Digits ('.' Digits?)? Exponent? | '.' Digits Exponent?;
INVALID_NUMBER : NUMBER [a-z_$\u0080-\u00ff] [a-z0-9_$\u0080-\u00ff]*;
PARAMETER : '$' Digits;

STRING : '\'' (~['] | '\'\'')* '\'';
ESCAPE_STRING : 'e\'' (~['\\] | '\'\'' | '\\' .)* '\'';
BIT_STRING : [bx] '\'' ~[']* '\'';
UNTERMINATED_STRING : [bx]? '\'' (~['] | '\'\'')* | 'e\'' (~['\\] | '\'\'' | '\\' .)* '\\'?;
// The action takes the body and the closing tag, or makes it UNTERMINATED_STRING.
DOLLAR_STRING : '$' ([a-z_\u0080-\u00ff] [a-z0-9_\u0080-\u00ff]*)? '$' { if (!take_dollar_body()) setType(UNTERMINATED_STRING); };

fragment Digits : [0-9]+;
fragment Exponent : 'e' [+-]? Digits;

// ---- Signs ----

LPAREN : '(';
RPAREN : ')';
LBRACKET : '[';
RBRACKET : ']';
COMMA : ',';
SEMICOLON : ';';
DOT : '.';
TYPECAST : '::';
COLON : ':';
EQUALS_GREATER : '=>';
COLON_EQUALS : ':=';
EQ : '=';
NEQ : '<>' | '!=';
LT : '<';
LTE : '<=';
GT : '>';
GTE : '>=';
PLUS : '+';
MINUS : '-';
STAR : '*';
SLASH : '/';
PERCENT : '%';
CARET : '^';
/** Every other operator; they bind alike, between + and BETWEEN. */
OPERATOR
  : '||' | '->' | '->>' | '#>' | '#>>' | '#-' | '@>' | '<@' | '@@' | '@?' | '?' | '?|' | '?&' | '&&' | '&' | '|' | '#' | '<<' | '@'
  | '~' | '~*' | '!~' | '!~*' | '~~' | '~~*' | '!~~' | '!~~*' | '^@' | '|/' | '||/' | '<->' | '<=>' | '<#>' | '<+>'
  ;
/** By itself, because in struct<a struct<b int>> it is two words; parens.cpp splits it there. */
SHIFT_RIGHT : '>>';

// ---- Between the words ----

WHITESPACE : [ \t\r\n\u000b\f]+ -> skip;
LINE_COMMENT : '--' ~[\r\n]* -> skip;
// The action takes the rest, nested comments included, or makes it UNTERMINATED_COMMENT.
BLOCK_COMMENT : '/*' { if (take_comment_body()) skip(); else setType(UNTERMINATED_COMMENT); };

UNEXPECTED : .;

