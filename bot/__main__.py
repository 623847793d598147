"""The command line: `python -m bot --help`. Only this module and web/serve.py print."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from bot import texts
from bot.errors import BotError, QuestionError, QuestionFileError, SettingsError
from bot.origins import parse_address
from bot.settings import Settings, load_settings, read_settings

if TYPE_CHECKING:
    from bot.contract import QuoteObject, ReplyObject
    from bot.encoder import Encoder
    from bot.evaluation import Measures
    from bot.explanation import Explanation
    from bot.pipeline import Bot

COULD_NOT = 1
BAD_INPUT = 2
_BAD_INPUT_ERRORS = (QuestionError, QuestionFileError, SettingsError)

_Previous = Annotated[str | None, typer.Option(help="The question asked before, for follow-ups.")]

app = typer.Typer(
    help="Answers questions with exact quotes from the articles in seeds/, or says that they "
    "do not hold the answer. Nothing is generated.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback with local values would show questions
)


@app.command()
def build() -> None:
    """Build the index anew from the articles; the old one serves until the new one is whole."""
    from bot.pipeline import build_index

    with _errors_to_exit_codes():
        settings = load_settings()
        index = build_index(settings, _encoder(settings), _TerminalReport())
        print(
            f"{texts.count(len(index.corpus.articles), 'article')}, "
            f"{texts.count(len(index.corpus.sentences), 'sentence')}, "
            f"{texts.count(len(index.corpus.passages), 'passage')}: "
            f"{settings.index_dir / index.manifest.generation}"
        )


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in quotes.")] = None,
    previous: _Previous = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the reply as one JSON object on one line.")
    ] = False,
    jsonl: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help='Read questions from FILE (- for standard input), one {"id", "question", '
            '"previous"} a line, and write one reply a line.',
        ),
    ] = None,
) -> None:
    """Ask one question, or a file of them."""
    with _errors_to_exit_codes():
        if (question is None) == (jsonl is None):
            raise typer.BadParameter("give either a question in quotes or --jsonl FILE")
        if jsonl is not None:
            with _open_lines(jsonl) as lines:
                _ask_lines(_open_bot(), lines)
            return
        _ask_one(question or "", previous, as_json=as_json)


@app.command()
def explain(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    previous: _Previous = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the explanation as one JSON object on one line.")
    ] = False,
) -> None:
    """Tell why a question gets its reply: what was understood, found, weighed and decided."""
    with _errors_to_exit_codes():
        from bot.explanation import explain

        explanation = explain(_open_bot(), question, previous)
        print(json.dumps(explanation.to_json()) if as_json else _explanation_block(explanation))


@app.command()
def chat(
    host: Annotated[str | None, typer.Option(help="Address to serve on [env: HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on [env: PORT].")] = None,
) -> None:
    """Serve the web chat (http://127.0.0.1:7860 unless told otherwise)."""
    from bot.logs import start_logging
    from bot.web.startup import prepare

    with _errors_to_exit_codes():
        settings, problems = read_settings(host=host, port=port)
        with prepare(settings, problems) as bound:
            start_logging(settings.log_format)
            from bot.serving import LogReport, open_serving
            from bot.web.serve import serve

            report = _TerminalReport() if settings.log_format == "text" else LogReport()
            serve(open_serving(settings, _encoder(settings), report), bound)


@app.command()
def close(
    notice: Annotated[
        str, typer.Argument(help="What visitors read; a kind sentence of the program's if none.")
    ] = "",
) -> None:
    """Close the service without stopping it: visitors read a notice, with the help lines."""
    with _errors_to_exit_codes():
        from bot import closing

        closing.close(load_settings().index_dir, notice)
        print("Closed. Open it again with: python -m bot open")


@app.command("open")
def reopen() -> None:
    """Open the service again after `close`."""
    with _errors_to_exit_codes():
        from bot import closing

        print("Open again." if closing.reopen(load_settings().index_dir) else "It was open.")


@app.command()
def counts(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on one line.")
    ] = False,
) -> None:
    """Print how many replies of which kind were given on which day."""
    with _errors_to_exit_codes():
        from bot.counts import Counts

        by_day = Counts(load_settings().index_dir).by_day()
        if as_json:
            print(json.dumps({day.isoformat(): dict(of) for day, of in by_day.items()}))
            return
        for day, statuses in by_day.items():
            print(day, ", ".join(f"{status} {n:,}" for status, n in statuses.items()))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Questions with gold quotes, one JSON a line.")],
    open_retrieval: Annotated[
        bool, typer.Option(help="FILE is an open-retrieval benchmark in the form of SQuAD 2.0.")
    ] = False,
    ablation: Annotated[
        bool, typer.Option(help="Measure also with parts taken out, and a plain baseline.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the measures as one JSON object on one line.")
    ] = False,
) -> None:
    """Measure the answers to a file of questions whose right quotes are known."""
    if open_retrieval:
        _evaluate_open_retrieval(file, as_json=as_json)
        return
    with _errors_to_exit_codes():
        from bot.evaluation import evaluate, load_questions, measure, measure_kinds

        questions = load_questions(file)
        settings = load_settings()
        bot = _open_bot(settings)
        outcomes = evaluate(questions, _asking(bot), bot.index.corpus, file)
        overall, kinds = measure(outcomes), measure_kinds(outcomes)
        if as_json:
            by_kind = {kind: asdict(measures) for kind, measures in kinds.items()}
            print(json.dumps({**asdict(overall), "kinds": by_kind}))
        else:
            rows = {"all": overall, **kinds}
            if ablation:
                from bot.ablation import other_wordings, variants

                ask = _asking(bot)
                for name, others in other_wordings(questions):
                    rows[name] = measure(evaluate(others, ask, bot.index.corpus, file))
                for name, ask in variants(bot, _encoder(settings), settings):
                    rows[name] = measure(evaluate(questions, ask, bot.index.corpus, file))
            _print_measures(rows)


@app.command()
def calibrate(
    files: Annotated[list[Path], typer.Argument(help="Question files to learn from.")],
    false_answers: Annotated[
        float, typer.Option(min=0, max=1, help="Most false answers that are acceptable.")
    ] = 0.15,
    output: Annotated[
        Path | None, typer.Option(help="Where to write; calibration.toml beside the articles.")
    ] = None,
) -> None:
    """Learn from question files when to refuse, and write it to calibration.toml."""
    with _errors_to_exit_codes():
        from bot.calibration import calibrate
        from bot.confidence import CALIBRATION, calibration_as_toml
        from bot.evaluation import load_questions

        settings = load_settings()
        questions = [(file, load_questions(file)) for file in files]
        found = calibrate(_open_bot(settings), questions, max_false_answers=false_answers)
        names = " ".join(file.name for file in files)
        written = calibration_as_toml(found, f"python -m bot calibrate {names}")
        (output or settings.seeds_dir / CALIBRATION).write_text(written, encoding="utf-8")
        print(written, end="")


@app.command()
def snippet() -> None:
    """Print the lines that show the chat in a page of a forum."""
    with _errors_to_exit_codes():
        from bot.corpus import load_corpus
        from bot.snippet import snippets

        settings = load_settings()
        address = settings.public_url or f"http://{settings.host}:{settings.port}"
        corpus = load_corpus(settings.seeds_dir, passage_words=settings.passage_words)
        title = texts.INTERFACE["title"].format(subject=corpus.subject)
        for name, lines in snippets(address, title).items():
            print(f"<!-- {name} -->\n{lines}\n")
        print("<!-- a content security policy around it needs:")
        origin = parse_address(address)[0]
        print(f"  script-src {origin}; frame-src {origin} -->")
        if not settings.public_url:
            print(f"PUBLIC_URL is not set: visitors need to reach {address}.", file=sys.stderr)
        if not settings.embed_sites:
            print(
                "EMBED_SITES is empty: no page may show the chat yet. "
                "Set it to your forum, like https://forum.example.",
                file=sys.stderr,
            )


@app.command()
def votes(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a quote, one a line.")
    ] = False,
) -> None:
    """Print what readers said of quotes, those most often called wrong first."""
    with _errors_to_exit_codes():
        from bot.votes import Votes

        settings = load_settings()
        index = _open_bot(settings).index
        for quoted, counts in Votes(settings.index_dir).counts().items():
            article = index.article(quoted.article)
            quote = article.text[quoted.start : quoted.end] if article else ""
            if as_json:
                print(json.dumps(asdict(quoted) | {"quote": quote} | dict(counts)))
            else:
                told = ", ".join(f"{vote} {count}" for vote, count in counts.items())
                print(f"{told}: {quoted.article} {quoted.start}-{quoted.end}")
                print(f"  > {_printable(quote)}\n")


@app.command()
def verify() -> None:
    """Read every article again and prove that all stored spans and hashes are true."""
    with _errors_to_exit_codes():
        from bot.verification import verify

        settings = load_settings()
        result = verify(_open_bot(settings).index.corpus, settings.seeds_dir)
        for problem in result.problems:
            print(problem, file=sys.stderr)
        if result.problems:
            _fail("The index does not fit the articles. Run `python -m bot build`.", COULD_NOT)
        print(
            f"{texts.count(result.spans, 'span')} in {texts.count(result.articles, 'article')}: "
            "all as in the files."
        )


def _evaluate_open_retrieval(file: Path, *, as_json: bool) -> None:
    with _errors_to_exit_codes():
        from bot.open_retrieval import load_benchmark, open_retrieval, texts_in

        benchmark = load_benchmark(file)
        settings = load_settings()
        encoder = _encoder(settings)
        with _TerminalReport().progress(texts_in(benchmark)) as progress:
            measures = asdict(open_retrieval(benchmark, encoder, settings, progress))
        if as_json:
            print(json.dumps(measures))
        else:
            for name, value in measures.items():
                print(
                    f"{name:>20} {value:.3f}" if isinstance(value, float) else f"{name:>20} {value}"
                )


def _open_bot(settings: Settings | None = None) -> Bot:
    from bot.pipeline import Bot, open_index

    settings = settings or load_settings()
    encoder = _encoder(settings)
    return Bot(open_index(settings, encoder, _TerminalReport()), encoder, settings)


def _asking(bot: Bot) -> Callable[[str, str | None], ReplyObject]:
    from bot.contract import reply_object

    return lambda question, previous: reply_object(bot, question, previous)


def _encoder(settings: Settings) -> Encoder:
    from bot.encoder import SentenceTransformerEncoder

    return SentenceTransformerEncoder(settings.encoder, threads=settings.encoder_threads)


class _TerminalReport:
    """Tells on stderr about a build; the bar shows on a terminal only."""

    def starts(self, reason: str) -> None:
        print(
            f"{reason.removesuffix(' Run `python -m bot build`.')} Building the index.",
            file=sys.stderr,
        )

    def waits(self) -> None:
        print("Another build is running; waiting for it to end.", file=sys.stderr)

    @contextlib.contextmanager
    def progress(self, texts: int) -> Iterator[Callable[[int], None]]:
        with typer.progressbar(length=texts, label="Encoding", file=sys.stderr) as bar:
            yield bar.update


def _ask_one(question: str, previous: str | None, *, as_json: bool) -> None:
    from bot.contract import reply_object

    reply = reply_object(_open_bot(), question, previous)
    if as_json:
        print(json.dumps(reply.to_json()))
    elif reply.status == "invalid":
        _fail(reply.notice or "", BAD_INPUT)
    else:
        _print_reply(reply)
    if reply.status == "invalid":
        raise typer.Exit(BAD_INPUT)


@contextlib.contextmanager
def _open_lines(file: str) -> Iterator[Iterator[bytes]]:
    if file == "-":
        if sys.stdin is None:
            raise QuestionFileError(Path("-"), None, "standard input is closed")
        yield iter(sys.stdin.buffer)
        return
    path = Path(file)
    try:
        stream = path.open("rb")
    except OSError as error:
        raise QuestionFileError(path, None, f"cannot be read: {error.strerror}") from error
    with stream:
        yield iter(stream)


def _ask_lines(bot: Bot, lines: Iterator[bytes]) -> None:
    from bot.batch import reply_to_line

    for line in lines:
        if line.strip():
            print(json.dumps(reply_to_line(bot, line)), flush=True)


def _print_reply(reply: ReplyObject) -> None:
    for note in reply.understood:
        print(_printable(note.in_words) + "\n")
    if reply.notice:
        print("\n".join(map(_printable, reply.notice.split("\n"))) + "\n")
    if reply.nearest:
        print(f"{texts.INTERFACE['related']}:\n")
    for quote in reply.answers + reply.nearest:
        print(_quote_block(quote))


def _quote_block(quote: QuoteObject) -> str:
    source = texts.source_in_words(quote.publisher, quote.kind)
    lines = [f"  > {_printable(quote.quote)}"]
    if quote.speaker:
        lines.append(f"    said by: {_printable(quote.speaker)}")
    lines += [
        f"    {_printable(source)}, {texts.date_in_words(quote.date)}",
        f"    {_printable(quote.title)}",
        f"    {quote.source}, characters {quote.start} to {quote.end}",
    ]
    if quote.url:
        lines.append(f"    {_printable(quote.url)}")
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """Replace control characters, which could drive the terminal, by a mark."""
    return "".join(
        c if c.isprintable() or c == "\u00a0" else " " if c in "\r\n\t" else "�" for c in text
    )


def _explanation_block(explanation: Explanation) -> str:
    reply = explanation.reply
    lines = [f"status      {reply.status} ({explanation.decided_by})"]
    if explanation.chance is not None:
        lines += [
            f"read as     {_printable(explanation.read_as or '')}",
            *(
                f"            {n.how}: {_printable(f'{n.asked} -> {n.read_as}')}"
                for n in reply.understood
            ),
            f"words       {' '.join(explanation.words) or '-'}",
            f"unknown     {' '.join(explanation.unknown_words) or '-'}",
            f"kinds       {_pairs(explanation.kinds)}",
            f"evidence    {_pairs(explanation.evidence)}",
            f"chance      {explanation.chance:.3f}, threshold {explanation.threshold:.3f}",
            "passages    "
            + ", ".join(f"{s}@{at} {score:.2f}" for s, at, score in explanation.passages),
            "candidates",
            *(
                f"  {c.score:.3f}  {c.source} {c.start}-{c.end}  {_printable(c.quote)}"
                for c in explanation.candidates
            ),
        ]
    return "\n".join(lines)


def _pairs(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items()) or "-"


def _print_measures(rows: dict[str, Measures]) -> None:
    columns = ("right_at_1", "shown", "coverage", "false_answer_rate", "both_sides", "verbatim")
    print(" " * 24 + "".join(f"{name:>20}" for name in ("questions", *columns)))
    for name, measures in rows.items():
        cells = [_share_with_interval(measures, column) for column in columns]
        print(f"{name:>24}{measures.questions:>20}" + "".join(f"{cell:>20}" for cell in cells))


def _share_with_interval(measures: Measures, column: str) -> str:
    share: float | None = getattr(measures, column)
    if share is None:
        return "-"
    if column == "verbatim":
        return f"{share:.3f}"
    low, high = measures.interval(column)
    return f"{share:.3f} ({low:.2f}-{high:.2f})"


@contextlib.contextmanager
def _errors_to_exit_codes() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BotError as error:
        _fail(str(error), BAD_INPUT if isinstance(error, _BAD_INPUT_ERRORS) else COULD_NOT)
    except BrokenPipeError:
        _silence(sys.stdout)
        raise typer.Exit(COULD_NOT) from None
    except OSError as error:
        if error.filename is None:  # standard output, full or closed
            _silence(sys.stdout)
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}. Free or allow it and try again.", COULD_NOT)


def _fail(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def _silence(stream: TextIO) -> None:
    """Keep Python from complaining at exit that nobody reads its output any more."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main(arguments: list[str] | None = None) -> None:
    """Run the command line, with `arguments` in place of those that the process was given."""
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a poor terminal must not end in a traceback
    app(arguments, prog_name="python -m bot")


if __name__ == "__main__":
    main()
