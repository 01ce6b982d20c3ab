// One statement of PostgreSQL's SQL in RisingWave's dialect, without its semicolon. Accepts more than SQLMill supports: what is
// not supported gets a message with its name, not a syntax error.
//
// Written so that SLL suffices and few nodes are made: expressions are flat lists of operands and operators, and the builder
// (compiler/parse/build_operators.cpp) groups them by precedence. `BETWEEN x AND y` takes `value`, which has no AND.
parser grammar SqlMillParser;

options { tokenVocab = SqlMillLexer; }

statement : statementBody EOF;

statementBody
  : createStatement
  | queryStatement
  | explainStatement
  | otherStatement
  ;

queryStatement : withClause? (insertStatement | updateStatement | deleteStatement | queryWithoutWith);

explainStatement
  : EXPLAIN (LPAREN explainOption (COMMA explainOption)* RPAREN | ANALYZE? IDENT?) queryStatement
  ;

explainOption : word explainValue?;

explainValue : word | string | NUMBER;

// ---- CREATE ----

createStatement
  : CREATE (OR REPLACE)? (TEMP | TEMPORARY | UNLOGGED)?
    (createRelation | createView | createSink | createIndex | createOther)
  ;

createRelation : (SOURCE | TABLE) ifNotExists? qualifiedName tableElements? relationClause*;

tableElements : LPAREN (tableElement (COMMA tableElement)*)? RPAREN;

tableElement
  : columnDef
  | tableConstraint
  | watermark
  | STAR
  ;

columnDef : identifier typeName? columnConstraint*;

columnConstraint
  : CONSTRAINT identifier
  | NOT NULL_P
  | NULL_P
  | PRIMARY KEY
  | UNIQUE
  | DEFAULT value
  | CHECK LPAREN expr RPAREN
  | references
  | GENERATED (ALWAYS | BY DEFAULT) AS (LPAREN expr RPAREN (STORED | VIRTUAL)? | IDENTITY)
  | AS expr
  ;

references : REFERENCES qualifiedName columnList? (ON (DELETE | UPDATE) (SET (NULL_P | DEFAULT) | identifier identifier?))*;

tableConstraint
  : (CONSTRAINT identifier)?
    (PRIMARY KEY columnList | UNIQUE columnList | CHECK LPAREN expr RPAREN | FOREIGN KEY columnList references)
  ;

watermark : WATERMARK FOR identifier AS expr;

relationClause
  : APPEND ONLY
  | ON CONFLICT (DO? (NOTHING | IGNORE | OVERWRITE | UPDATE (IF NOT NULL_P | FULL)?))
  | WITH VERSION COLUMN (LPAREN identifier RPAREN | identifier)
  | ENGINE EQ identifier
  | FROM qualifiedName TABLE STRING
  | includeClause
  | withOptions
  | formatClause
  | AS query
  ;

includeClause : INCLUDE includeWhat (string typeName?)? (AS identifier)?;
includeWhat : identifier | OFFSET;

withOptions : WITH optionList;

optionList : LPAREN (option (COMMA option)*)? COMMA? RPAREN;

option : optionKey EQ optionValue;

optionKey : word (DOT word)*;

optionValue
  : string
  | (PLUS | MINUS)? NUMBER
  | SECRET qualifiedName (AS identifier)?
  | word
  ;

formatClause : FORMAT identifier ENCODE identifier optionList? (KEY ENCODE identifier optionList?)?;

createView
  : MATERIALIZED? VIEW ifNotExists? qualifiedName columnList? withOptions? AS query emitClause?
    (WITH CASCADED? (CHECK identifier))?
  ;

emitClause : EMIT (ON WINDOW CLOSE | identifier+);

createSink
  : SINK ifNotExists? (qualifiedName (INTO qualifiedName columnList?)? | INTO qualifiedName columnList?)
    (FROM qualifiedName | AS query) sinkClause*
  ;

sinkClause
  : emitClause
  | withOptions
  | formatClause
  ;

createIndex
  : UNIQUE? INDEX (ifNotExists? qualifiedName)? ON qualifiedName (USING identifier)?
    LPAREN orderItem (COMMA orderItem)* RPAREN indexClause*
  ;

indexClause
  : INCLUDE columnList
  | DISTRIBUTED BY LPAREN expr (COMMA expr)* RPAREN
  | withOptions
  | WHERE expr
  ;

createOther
  : (CONNECTION | DATABASE | FUNCTION | ROLE | SCHEMA | SECRET | SUBSCRIPTION | TYPE | USER | IDENT) anything
  ;

ifNotExists : IF NOT EXISTS;

// ---- The rest of the statements ----

insertStatement
  : INSERT INTO qualifiedName (AS identifier)? columnList? (query | DEFAULT VALUES) onConflict? returning?
  ;

onConflict : ON CONFLICT columnList? DO (NOTHING | UPDATE SET assignment (COMMA assignment)* whereClause?);

returning : RETURNING selectItem (COMMA selectItem)*;

updateStatement
  : UPDATE ONLY? qualifiedName tableAlias? SET assignment (COMMA assignment)*
    fromClause? whereClause? returning?
  ;

assignment : (identifier | columnList) EQ (expr | DEFAULT);

deleteStatement
  : DELETE FROM ONLY? qualifiedName tableAlias? (USING fromItem (COMMA fromItem)*)? whereClause? returning?
  ;

otherStatement
  : ( ALTER | ANALYZE | BEGIN | CLOSE | COMMENT | COMMIT | COPY | DECLARE | DESCRIBE | DROP | EXECUTE
    | FETCH | FLUSH | GRANT | LOCK | MERGE | PREPARE | REVOKE | ROLLBACK | SET | SHOW | START | TRUNCATE | USE | VACUUM | WAIT
    ) anything
  ;

/** Whatever follows; a statement holds no semicolon. */
anything : ~SEMICOLON*;

// ---- Queries ----

query : withClause? queryWithoutWith;

queryWithoutWith : queryBody orderBy? queryTail*;

withClause : WITH RECURSIVE? commonTable (COMMA commonTable)*;

commonTable
  : identifier columnList? AS (NOT? MATERIALIZED)?
    (QUERY_OPEN query RPAREN searchClause? cycleClause? | LPAREN (insertStatement | updateStatement | deleteStatement) RPAREN)
  ;

/** SEARCH {BREADTH | DEPTH} FIRST BY a, b SET c */
searchClause : IDENT IDENT FIRST BY identifier (COMMA identifier)* SET identifier;

/** CYCLE a, b SET c [TO x DEFAULT y] USING d */
cycleClause : IDENT identifier (COMMA identifier)* SET identifier (TO value DEFAULT value)? USING identifier;

/** UNION, EXCEPT and INTERSECT in one flat list; the builder groups them. */
queryBody : queryPrimary (setOperator queryPrimary)*;

setOperator : (UNION | EXCEPT | INTERSECT) (ALL | DISTINCT)?;

queryPrimary
  : select
  | VALUES valuesRow (COMMA valuesRow)*
  | TABLE qualifiedName
  | QUERY_OPEN query RPAREN
  ;

valuesRow : LPAREN valuesItem (COMMA valuesItem)* RPAREN;

valuesItem
  : expr
  | DEFAULT
  ;

select
  : SELECT (ALL | distinct)? (selectItem (COMMA selectItem)*)? fromClause? whereClause? groupBy? having? windowClause?
  ;

distinct : DISTINCT (ON LPAREN expr (COMMA expr)* RPAREN)?;

selectItem
  : STAR (EXCEPT LPAREN expr (COMMA expr)* RPAREN)?
  | expr (AS label | bareAlias)?
  ;

whereClause : WHERE expr;

groupBy : GROUP BY (ALL | DISTINCT)? groupItem (COMMA groupItem)*;

groupItem
  : LPAREN RPAREN
  | (ROLLUP | CUBE | GROUPING SETS) LPAREN groupItem (COMMA groupItem)* RPAREN
  | expr
  ;

having : HAVING expr;

windowClause : WINDOW identifier AS windowSpec (COMMA identifier AS windowSpec)*;

orderBy : ORDER BY orderItem (COMMA orderItem)*;

orderItem : expr (ASC | DESC)? (NULLS (FIRST | LAST))?;

queryTail
  : LIMIT (ALL | value)
  | OFFSET value (ROW | ROWS)?
  | FETCH (FIRST | NEXT) value? (ROW | ROWS) (ONLY | WITH TIES)
  | FOR (UPDATE | IDENT | KEY IDENT)
  ;

fromClause : FROM fromItem (COMMA fromItem)*;

fromItem : fromPrimary joinTail*;

joinTail
  : (NATURAL | CROSS | ASOF)? (INNER | (LEFT | RIGHT | FULL) OUTER?)? JOIN fromPrimary (ON expr | USING columnList (AS identifier)?)?
  ;

fromPrimary
  : LATERAL? QUERY_OPEN query RPAREN tableAlias?
  | LPAREN fromItem RPAREN tableAlias?
  | LATERAL? ROWS FROM LPAREN fromFunction (COMMA fromFunction)* RPAREN (WITH ORDINALITY)? tableAlias?
  | LATERAL? ONLY? qualifiedName (LPAREN (argument (COMMA argument)*)? RPAREN (WITH ORDINALITY)?)? systemTime? tableAlias? systemTime?
  ;

fromFunction : qualifiedName LPAREN (argument (COMMA argument)*)? RPAREN;

systemTime : FOR SYSTEM_TIME AS OF value;

tableAlias : (AS identifier | bareAlias) (columnList | typedColumns)? | AS typedColumns;

typedColumns : LPAREN typedColumn (COMMA typedColumn)* RPAREN;

typedColumn : identifier typeName;

// ---- Expressions ----

expr : NOT* predicate ((AND | OR) NOT* predicate)*;

predicate : value test*;

test
  : compareOp value
  | (compareOp | OPERATOR | qualifiedOp | NOT? (LIKE | ILIKE)) (ANY | SOME | ALL) (LPAREN expr RPAREN | QUERY_OPEN query RPAREN)
  | IS NOT? (NULL_P | TRUE | FALSE | UNKNOWN)
  | IS NOT? DISTINCT FROM value
  | ISNULL
  | NOTNULL
  | NOT? (LIKE | ILIKE) value (ESCAPE value)?
  | NOT? SIMILAR TO value (ESCAPE value)?
  | NOT? BETWEEN (SYMMETRIC | ASYMMETRIC)? value AND value
  | NOT? IN (inList | QUERY_OPEN query RPAREN)
  | OVERLAPS value
  ;

/** By itself, so that what looks for the words of `test` does not walk over a long list. */
inList : LPAREN expr (COMMA expr)* RPAREN;

compareOp : EQ | NEQ | LT | LTE | GT | GTE;

value : prefixOp* operand (binaryOp prefixOp* operand)*;

prefixOp : PLUS | MINUS | OPERATOR;

binaryOp : PLUS | MINUS | STAR | SLASH | PERCENT | CARET | OPERATOR | SHIFT_RIGHT | qualifiedOp;

/** `a OPERATOR(pg_catalog.~) b`: binds like any other operator, whichever it is. */
qualifiedOp
  : OPERATOR_WORD LPAREN (identifier DOT)* (compareOp | PLUS | MINUS | STAR | SLASH | PERCENT | CARET | OPERATOR | SHIFT_RIGHT) RPAREN
  ;

/** In x::int[] the brackets are a postfix, too: `typeName` would leave two loops for them. */
operand : primary postfix*;

postfix
  : TYPECAST scalarType
  | LBRACKET expr? (COLON expr?)? RBRACKET
  | AT TIME ZONE primary
  | COLLATE (identifier DOT)* (identifier | DEFAULT)
  ;

primary
  : literal
  | timeLiteral
  | name
  | specialCall
  | caseExpr
  | EXISTS QUERY_OPEN query RPAREN
  | QUERY_OPEN query RPAREN
  | LPAREN expr (COMMA expr)* RPAREN (DOT (identifier | STAR))*
  | ROW LPAREN (expr (COMMA expr)*)? RPAREN
  | ARRAY arrayItems
  | ARRAY QUERY_OPEN query RPAREN
  | currentValue
  | PARAMETER
  ;

arrayItems : LBRACKET (arrayItem (COMMA arrayItem)*)? RBRACKET;

arrayItem : expr | arrayItems;

literal : NULL_P | TRUE | FALSE | NUMBER | string | BIT_STRING;

string : STRING | ESCAPE_STRING | DOLLAR_STRING;

/** TIMESTAMP '…', INTERVAL '1' DAY; alone, these words are column names. */
timeLiteral
  : INTERVAL (string intervalFields?)?
  | (TIMESTAMP | TIME) (typeModifiers? timeZone? string)?
  | DOUBLE (PRECISION string)?
  ;

timeZone : (WITH | WITHOUT) TIME ZONE;

intervalFields : intervalField (TO intervalField)?;

intervalField : (YEAR | MONTH | DAY | HOUR | MINUTE | SECOND) typeModifiers?;

/** A column, a call, or a literal of a named type: `DATE '2026-04-01'`. */
name
  : plainName (DOT (identifier | STAR))* (callSuffix | string)?
  | specialName (DOT (identifier | STAR))*
  | likeFunction callSuffix
  ;

/** Between operands LIKE is an operator; where an operand begins, the function behind it. */
likeFunction : LIKE;

callSuffix
  : LPAREN (STAR | (ALL | DISTINCT)? argument (COMMA argument)* orderBy?)? RPAREN
    (WITHIN GROUP LPAREN orderBy RPAREN)? filterClause? ((IGNORE | RESPECT) NULLS)? overClause?
  ;

argument : (identifier (EQUALS_GREATER | COLON_EQUALS) | VARIADIC)? expr;

filterClause : FILTER LPAREN WHERE expr RPAREN;

overClause : OVER (identifier | windowSpec);

windowSpec : LPAREN identifier? (PARTITION BY expr (COMMA expr)*)? orderBy? frame? RPAREN;

frame
  : (ROWS | RANGE | GROUPS) (BETWEEN frameBound AND frameBound | frameBound) (EXCLUDE (CURRENT ROW | GROUP | TIES | identifier identifier))?
  | SESSION WITH IDENT value
  ;

frameBound
  : CURRENT ROW
  | UNBOUNDED (PRECEDING | FOLLOWING)
  | value (PRECEDING | FOLLOWING)
  ;

specialCall
  : EXTRACT LPAREN (identifier | string) FROM expr RPAREN
  | SUBSTRING LPAREN expr (FROM value (FOR value)? | FOR value (FROM value)? | SIMILAR value ESCAPE value | (COMMA expr)+)? RPAREN
  | POSITION LPAREN value (IN value | COMMA expr) RPAREN
  | OVERLAY LPAREN expr (PLACING value FROM value (FOR value)? | (COMMA expr)+) RPAREN
  | TRIM LPAREN (BOTH | LEADING | TRAILING)? (FROM expr | expr (FROM expr)?) (COMMA expr)? RPAREN
  | CAST LPAREN expr AS typeName RPAREN
  ;

caseExpr : CASE expr? caseBranch+ (ELSE expr)? END;

caseBranch : WHEN expr THEN expr;

currentValue
  : (CURRENT_TIMESTAMP | CURRENT_TIME | LOCALTIME | LOCALTIMESTAMP) (LPAREN NUMBER RPAREN)?
  | CURRENT_DATE
  | CURRENT_USER
  | CURRENT_ROLE
  | SESSION_USER
  | USER
  | CURRENT_CATALOG
  ;

// ---- Types ----

typeName : scalarType arraySuffix*;

arraySuffix : LBRACKET NUMBER? RBRACKET | ARRAY (LBRACKET NUMBER RBRACKET)?;

scalarType
  : DOUBLE PRECISION
  | CHARACTER VARYING? typeModifiers?
  | (TIMESTAMP | TIME) typeModifiers? timeZone?
  | INTERVAL intervalFields? typeModifiers?
  | STRUCT LT structField (COMMA structField)* GT
  | typeWord (DOT typeWord)? (VARYING? typeModifiers)?
  ;

structField : identifier typeName;

typeWord : IDENT | QUOTED_IDENT;

typeModifiers : LPAREN typeModifier (COMMA typeModifier)* RPAREN;

typeModifier : (PLUS | MINUS)? NUMBER | typeName;

// ---- Names ----

qualifiedName : identifier (DOT identifier)*;

columnList : LPAREN identifier (COMMA identifier)* RPAREN;

identifier : IDENT | QUOTED_IDENT | nameKeyword | clauseKeyword | specialName | timeKeyword;

/** What may begin a call or stand for a column. LEFT and RIGHT are functions, too. */
plainName : IDENT | QUOTED_IDENT | nameKeyword | clauseKeyword | LEFT | RIGHT;

/** An alias without AS: words that begin a clause are out. */
bareAlias : IDENT | QUOTED_IDENT | nameKeyword | specialName;

/** After AS nothing is reserved. */
label : word;

/** Columns and aliases, but a call of them has a syntax of its own. */
specialName : CUBE | EXISTS | EXTRACT | OVERLAY | POSITION | ROLLUP | ROW | SUBSTRING | TRIM;

timeKeyword : DOUBLE | INTERVAL | TIME | TIMESTAMP;

nameKeyword
  : ALTER | ALWAYS | ANALYZE | BEGIN | BY | CASCADED | CLOSE | COMMENT | COMMIT | CONFLICT | CONNECTION | COPY | CURRENT
  | DATABASE | DECLARE | DELETE | DESCRIBE | DROP | ENCODE | EXCLUDE | EXECUTE | EXPLAIN | FIRST | FLUSH | FOLLOWING
  | FUNCTION | GENERATED | GRANT | GROUPING | GROUPS | IDENTITY | IF | INDEX | INSERT | KEY | LAST | LOCK | MATERIALIZED
  | MERGE | NEXT | NOTHING | NULLS | OF | OPERATOR_WORD | ORDINALITY | OTHERS | OVERLAPS | OVERWRITE | PARTITION | PRECEDING | PREPARE | RANGE
  | RECURSIVE | REPLACE | RESPECT | REVOKE | ROLE | ROLLBACK | ROWS | SCHEMA | SECRET | SESSION | SETS | SHOW | SINK
  | SOURCE | START | STORED | STRUCT | SUBSCRIPTION | SYSTEM_TIME | TEMP | TEMPORARY | TIES | TRUNCATE | TYPE | UNBOUNDED
  | UNKNOWN | UNLOGGED | UPDATE | USE | VACUUM | VERSION | VIEW | VIRTUAL | WAIT | WATERMARK | ZONE
  ;

clauseKeyword
  : APPEND | ASOF | AT | BETWEEN | CHARACTER | DAY | DISTRIBUTED | EMIT | ENGINE | ESCAPE | FILTER | FORMAT | HOUR | IGNORE
  | INCLUDE | MINUTE | MONTH | OVER | PRECISION | SECOND | SET | VARYING | WITHIN | WITHOUT | YEAR
  ;

reservedKeyword
  : ALL | AND | ANY | ARRAY | AS | ASC | ASYMMETRIC | BOTH | CASE | CAST | CHECK | COLLATE | COLUMN | CONSTRAINT | CREATE
  | CROSS | CURRENT_CATALOG | CURRENT_DATE | CURRENT_ROLE | CURRENT_TIME | CURRENT_TIMESTAMP | CURRENT_USER | DEFAULT | DESC
  | DISTINCT | DO | ELSE | END | EXCEPT | FALSE | FETCH | FOR | FOREIGN | FROM | FULL | GROUP | HAVING | ILIKE | IN | INNER
  | INTERSECT | INTO | IS | ISNULL | JOIN | LATERAL | LEADING | LEFT | LIKE | LIMIT | LOCALTIME | LOCALTIMESTAMP | NATURAL
  | NOT | NOTNULL | NULL_P | OFFSET | ON | ONLY | OR | ORDER | OUTER | PLACING | PRIMARY | REFERENCES | RETURNING | RIGHT
  | SELECT | SESSION_USER | SIMILAR | SOME | SYMMETRIC | TABLE | THEN | TO | TRAILING | TRUE | UNION | UNIQUE | USER
  | USING | VALUES | VARIADIC | WHEN | WHERE | WINDOW | WITH
  ;

word : identifier | reservedKeyword;
