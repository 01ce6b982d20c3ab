"""Paths of SQL/JSON as they are written: what they print as and what is wrong with them, as PostgreSQL has it."""
import psycopg2

from support.pipeline import Refused

PATHS = r'''
$
lax $
strict$
$.a."b c".*[*][0,1 to last,last-1].**.**{2}.**{1 to last}.**{last}.**{last to 3}.**{0 to 3}
- $.a + -1 + +(-2)
!($.a == 1 && $.b <> 2 || exists($.c ? (@ > 1)))
($.a like_regex "^x" flag "isq") is unknown
$.a starts with $x
$."$x".keyvalue().key
strict $.a.double().ceiling() ? (@ != null)
1.5e3 + .5 + 1. + 0.10
"a\u0041\x41\u{41}\n\v\ud83d\ude00"
(1).type()
(($.a+1)*2).size()
-(1).abs()
(-1).abs()
--1
$/* c */.b
$.size.exists.to.true.NULL
$.ñ."a\"b"."a\qb"
$.Type()
($)
($.a)[0]
($.a == 1).type()
exists($.a)
!exists($.a)
(($.a == 1))
$.a + 1 == 2 && 3 < 4
$ ? (@.a + 1 > 2 * (3 + 4) && (@.b == 1 || @.c==2) && @.d==1)
$[1 to 2, $.a]
$["a"]
$[99999999999]
$ ? (@.a > 1) ? (@.b < 2).c
$a.b
$"a b"
$.a.b.c.d > 1
$.*.a.**.b
$.a ? (@.b > 1 && @.c < 2 || !(@.d == "x"))
$ ? (@ starts with "a" || @ like_regex "^b$")
1 + 2 - 3 * 4 / 5 % 6
1 - (2 - 3)
(1 + 2) - 3
-$.a * 2
$.
@
last
''
$.a b
$.a b c
$ && $
$.a == 1 == 2
1a
01
1e
1.5a
1ab
$. 1ab
$.a == 1null
1.5ab
12e
12e5x
12e5xy
1.type()
$.a ? (@ like_regex "(")
$.a ? (@ like_regex "a" flag "b")
$.a ? (@ like_regex "a" flag "x")
$[*
$[
"abc
$a /* c
$.a$b
$.foo()
TRUE
$ ? (@.a == True)
$ ? (@.a = true)
!$.a
$ ? (@.a + 1 > 2 * (3 + 4) && (@.b || 1))
$.**{2147483648}
$."a\u0000"
$."\ud83d"
laxx
$ > 1 > 2
1 < 2 && 2
$ ? (1)
$ ? (@ == 1
$.1a
$.a.1
$.-a
{}
$.a # 1
$ ?(@ starts with 1)
$.a +
* 2
$.a ? @.b
$[1 to]
$.**{a}
exists $.a
($.a == 1) is true
'''


def test_paths(build, postgres):
    paths = [path if path != "''" else '' for path in PATHS.strip().split('\n')]
    queries = ["SELECT '{}'::jsonpath AS p".format(path.replace("'", "''")) for path in paths]
    answers = build('CREATE TABLE t (a int);', 'paths').ask(queries)
    told = []
    with postgres.schema() as session:
        for path, query, answer in zip(paths, queries, answers):
            ours = answer.error if isinstance(answer, Refused) else answer.rows[0][0]
            try:
                theirs = session.rows(query)[0][0]
                same = ours == theirs
            except psycopg2.Error as error:
                theirs = error.diag.message_primary
                same = isinstance(answer, Refused) and theirs in ours
            if not same:
                told.append(f'{path}\n  ours        {ours}\n  PostgreSQL  {theirs}')
    assert not told, '\n'.join(told)
