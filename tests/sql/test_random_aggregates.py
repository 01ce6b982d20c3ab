"""Variances, deviations, correlation and regression over random groups: numerics against a real PostgreSQL, digit by digit;
floats against exact arithmetic, bit by bit, and near what PostgreSQL says, which rounds at each row."""
import fractions
import math
import random

GROUPS = 500
SPREADS = ('var_pop', 'var_samp', 'stddev_pop', 'stddev_samp')
PAIRS = ('regr_count', 'regr_avgx', 'regr_avgy', 'regr_sxx', 'regr_syy', 'regr_sxy', 'covar_pop', 'covar_samp', 'corr', 'regr_slope', 'regr_intercept', 'regr_r2')
EXACT = ('s', 'i', 'b', 'n')


def numeric(rng):
    digits = ''.join(rng.choice('0123456789') for _ in range(rng.choice((1, 3, 8, 19, 40))))
    scale = rng.choice((0, 0, 1, 2, 5, 9, 25))
    padded = digits.rjust(scale + 1, '0')
    text = padded[:len(padded) - scale] + ('.' + padded[len(padded) - scale:] if scale else '')
    return rng.choice(('', '-')) + text


def double(rng, kind):
    if kind == 0:
        return rng.randrange(-4000, 4000) / 8
    if kind == 1:
        return rng.gauss(100, 30)
    if kind == 2:
        return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-20, 20)
    return 1e9 + rng.randrange(10)  # Most digits cancel.


def table(rng):
    rows = []
    for group in range(GROUPS):
        kind, narrow = rng.randrange(4), rng.random() < 0.3
        for _ in range(rng.randrange(1, 9)):
            some = [rng.randrange(-2**15, 2**15), rng.randrange(-2**31, 2**31), rng.randrange(-2**63, 2**63), numeric(rng), double(rng, kind), double(rng, kind)]
            if narrow:
                some[:4] = [rng.randrange(5) for _ in range(4)]
            rows.append([len(rows), group] + [None if rng.random() < 0.05 else value for value in some])
    return rows


def literal(value):
    return 'NULL' if value is None else f"'{value!r}'" if isinstance(value, float) else f"'{value}'" if isinstance(value, str) else str(value)


def near(a, b, scale):
    return a == b or abs(a - b) <= 1e-9 * max(abs(a), abs(b), scale)


def exact(pairs):
    """What the float aggregates must give, and how large the parts are from which PostgreSQL's errors come."""
    n = len(pairs)
    out = dict.fromkeys(PAIRS)
    out['regr_count'] = n
    if n == 0:
        return out
    ys, xs = [[fractions.Fraction(value) for value in column] for column in zip(*pairs)]
    sy, sx = sum(ys), sum(xs)

    def centered(a, b):
        return float(sum(x * y for x, y in zip(a, b)) - fractions.Fraction(sum(a) * sum(b), n))
    sxx, syy, sxy, sx, sy = centered(xs, xs), centered(ys, ys), centered(xs, ys), float(sx), float(sy)
    out.update(regr_avgx=sx / n, regr_avgy=sy / n, regr_sxx=sxx, regr_syy=syy, regr_sxy=sxy, covar_pop=sxy / n)
    if n > 1:
        out['covar_samp'] = sxy / (n - 1)
    if sxx != 0 and syy != 0:
        out['corr'] = sxy / math.sqrt(sxx * syy)
    if sxx != 0:
        out['regr_slope'] = sxy / sxx
        out['regr_intercept'] = (sy - sx * sxy / sxx) / n
        out['regr_r2'] = 1.0 if syy == 0 else (sxy * sxy) / (sxx * syy)
    return out


def test_random_aggregates(build, postgres):
    rng = random.Random(15)
    rows = table(rng)
    gone = rng.sample(range(len(rows)), len(rows) // 4)
    columns = 'id int PRIMARY KEY, g int, s smallint, i int, b bigint, n numeric, y double precision, x double precision'
    statements = [f'CREATE TABLE a ({columns})',
                  'INSERT INTO a VALUES\n' + ',\n'.join('(' + ', '.join(literal(value) for value in row) + ')' for row in rows),
                  f'DELETE FROM a WHERE id IN ({", ".join(map(str, gone))})']
    queries = {
        'exact': 'SELECT g, ' + ', '.join(f'{f}({c})' + f' AS {f}_{c}' for c in EXACT for f in SPREADS) + ' FROM a GROUP BY g',
        'spreads': 'SELECT g, ' + ', '.join(f'{f}(x) AS {f}' for f in SPREADS) + ' FROM a GROUP BY g',
        'pairs': 'SELECT g, ' + ', '.join(f'{f}(y, x) AS {f}' for f in PAIRS) + ' FROM a GROUP BY g'}
    sql = ''.join(f'{s};\n' for s in statements) + ''.join(f'CREATE MATERIALIZED VIEW {name} AS {q};\n' for name, q in queries.items())
    ours = {name: {row[0]: row[1:] for row in found[1]} for name, found in build(sql, 'random_aggregates').replay(print=list(queries)).tables().items()}
    with postgres.schema() as session:
        for statement in statements:
            session.execute(statement)
        theirs = {name: {row[0]: row[1:] for row in session.rows(query)} for name, query in queries.items()}

    left = {}
    for row in rows:
        if row[0] not in gone:
            left.setdefault(str(row[1]), []).append(row[2:])
    compared = 0
    for group, members in left.items():
        assert ours['exact'][group] == theirs['exact'][group], f'group {group}: {members}'
        compared += len(EXACT) * len(SPREADS)
        xs = [row[5] for row in members if row[5] is not None]
        of_x = exact([(x, x) for x in xs])
        n = len(xs)
        for f, found, other in zip(SPREADS, ours['spreads'][group], theirs['spreads'][group]):
            if n < (2 if f.endswith('samp') else 1):
                assert found is None and other is None
                continue
            variance = of_x['regr_sxx'] / (n - 1 if f.endswith('samp') else n)
            wanted = math.sqrt(variance) if f.startswith('stddev') else variance
            assert float(found) == wanted, f'{f} of group {group}: {xs}'
            most = max(map(abs, xs))
            assert near(float(found), float(other), 100 * most if f.startswith('stddev') else most * most), f'{f} of group {group}: {xs}'
            compared += 1
        pairs = [(row[4], row[5]) for row in members if row[4] is not None and row[5] is not None]
        wanted = exact(pairs)
        most = max([abs(value) for pair in pairs for value in pair], default=0)
        for f, found, other in zip(PAIRS, ours['pairs'][group], theirs['pairs'][group]):
            assert (None if found is None else float(found)) == wanted[f], f'{f} of group {group}: {pairs}'
            # Of quotients whose parts are next to nothing PostgreSQL's have few digits.
            if f in ('regr_count', 'regr_avgx', 'regr_avgy', 'regr_sxx', 'regr_syy') and found is not None:
                assert near(float(found), float(other), most if 'avg' in f else most * most), f'{f} of group {group}: {pairs}'
            compared += 1
    assert compared > 10_000
