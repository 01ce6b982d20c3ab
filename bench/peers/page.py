"""What `run` leaves: a page with the table, the settings and the errors, and a plot beside it."""
import html
import math

WIDTH, LABELS, BAR, GAP = 900, 330, 20, 8
COLORS = {"kept up to date": "#2563a8", "computed once": "#9aa5b1"}


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def table(rows):
    lines = ["| system | variant | views are | events | CPU s | of it start | wall s | events/CPU s after the start "
             "| events/CPU s when warm | CPU s when warm, SQLMill = 1 | results |",
             "|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|"]
    for row in rows:
        if row["error"]:
            lines.append(f"| {row['system']} | {row['variant']} | {row['mode']} | | | | | | | | {escape(row['error'])} |")
            continue
        result = "; ".join(part for part in (row["results"], row["detail"]) if part)
        lines.append(f"| {row['system']} | {row['variant']} | {row['mode']} | {row['events']:,} | {number(row['cpu_seconds'])} | "
                     f"{number(row['start_cpu_seconds'])} | {number(row['seconds'])} | {number(row['rate_after_start'])} | "
                     f"{warm(row)} | {row['ratio']:.1f} | {result} |")
    return lines


def warm(row):
    return number(row["rate"]) + (f" (from {row['warm_events']:,})" if row["rate"] != row["rate_after_start"] else "")


def escape(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def plot(rows):
    """Bars on a logarithmic axis, as text of an SVG."""
    rows = [row for row in rows if not row["error"] and row["rate"] > 0]
    if not rows:
        return ""
    low = math.floor(math.log10(min(row["rate"] for row in rows)))
    high = math.ceil(math.log10(max(row["rate"] for row in rows)))
    high = max(high, low + 1)
    height = 70 + len(rows) * (BAR + GAP)

    def x(value):
        return LABELS + (WIDTH - LABELS - 90) * (math.log10(value) - low) / (high - low)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           '<text x="10" y="20" font-size="14">Events per CPU second when warm (logarithmic; longer is better)</text>']
    for power in range(low, high + 1):
        out.append(f'<line x1="{x(10 ** power):.0f}" x2="{x(10 ** power):.0f}" y1="32" y2="{height - 24}" stroke="#ddd"/>')
        out.append(f'<text x="{x(10 ** power):.0f}" y="{height - 8}" text-anchor="middle" fill="#555">{10 ** power:,}</text>')
    for index, row in enumerate(rows):
        top = 36 + index * (BAR + GAP)
        label = html.escape(f"{row['system']}, {row['variant']}" + ("" if row["mode"] == "kept up to date" else " (once)"))
        out.append(f'<text x="{LABELS - 8}" y="{top + 14}" text-anchor="end">{label}</text>')
        out.append(f'<rect x="{LABELS}" y="{top}" width="{x(row["rate"]) - LABELS:.0f}" height="{BAR}" '
                   f'fill="{COLORS[row["mode"]]}"/>')
        out.append(f'<text x="{x(row["rate"]) + 6:.0f}" y="{top + 14}">{number(row["rate"])}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


def one_of_ours(rows):
    """SQLMill was measured for each number of events; the plot shows the largest."""
    ours = [row for row in rows if row["system"] == "SQLMill"]
    return ours[-1:] + [row for row in rows if row["system"] != "SQLMill"]


def write(folder, machine, header, rows, peers, tiny, repeat):
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# SQLMill beside other systems", "",
             "Written by `./dev bench peers`. The four views of "
             "[pipelines/clickstream/clickstream.sql](../../pipelines/clickstream/clickstream.sql) over the same generated events.",
             "", *(f"- {key}: {text}" for key, text in header.items()), "", *table(rows), ""]
    image = plot(one_of_ours(rows))
    if image:
        (folder / f"{machine}.svg").write_text(image)
        lines += [f"![Events per CPU second]({machine}.svg)", ""]
    lines += [
        "## How to read this", "",
        "- *kept up to date*: the system knows after each event or batch what the views are. *computed once*: it reads all events "
        "and computes the views from them; after one more event it would do so again. The two kinds do not do the same work.",
        f"- CPU s: user and system time of all processes, median of {repeat} (SQLMill: of at least 3). "
        f"*of it start*: the same with {tiny:,} events. *After the start*: (events − {tiny:,}) / (CPU s − start).",
        "- *when warm*: for systems in Java also what the first events take, in which Java compiles what runs often, is taken off: "
        "(events − first) / (CPU s − CPU s of a run over the first). The others have nothing to warm up. The ratio and the "
        "plot go by this rate, which is mostly kinder to Java. A single run in Java varies a lot on a busy machine: compare the "
        "starts.",
        "- All read the events as NDJSON from a file in the page cache and parse it. None writes the views anywhere while it is "
        "measured; the results are compared in another run.",
        "- SQLMill is built with the options that `sqlmill build` has by default, without `-O3 --native`.", "",
        "## Settings", ""]
    for peer in peers:
        lines += [f"**{peer.module.TITLE}** {peer.version}", ""]
        lines += [f"- {text} ([document]({link}))" for text, link in peer.module.SETTINGS]
        lines += [*(f"- {note}" for note in peer.module.NOTES), ""]
    path = folder / f"{machine}.md"
    path.write_text("\n".join(lines).rstrip() + "\n")
    return path
