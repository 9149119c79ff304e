"""``python -m cloudcrate``: runs the command line and turns errors into messages and exit codes."""

import sys
import traceback

import click

from cloudcrate.cli.main import cli
from cloudcrate.cli.opening import tell, wants_data
from cloudcrate.errors import CloudcrateError, UsageError


def main() -> None:
    """Runs a command. Exits with the codes of docs/exit-codes.md."""
    debug = "--debug" in sys.argv[1:2]
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        if wants_data(sys.argv[1:]):
            tell(UsageError(error.format_message()), sys.argv[1:])
        else:
            error.show()
        sys.exit(error.exit_code)
    except CloudcrateError as error:
        if debug:
            traceback.print_exc()
        tell(error, sys.argv[1:])
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone; the interpreter would complain while it flushes
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  # the last resort: a sentence instead of a traceback
        if debug:
            traceback.print_exc()
        hint = "This is a fault of cloudcrate. Run it again with `cloudcrate --debug …` and report what it prints."
        tell(CloudcrateError(f"unexpected error: {type(error).__name__}: {error}", hint=hint), sys.argv[1:])
        sys.exit(1)


if __name__ == "__main__":
    main()
