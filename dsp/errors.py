"""What can go wrong in `dsp`, drawn once.

DspError
├── InputError                 what the caller gave cannot be used (k < 1, a field nobody declared)
│   ├── UnknownNameError       no program, LM, optimizer, metric or template is called that
│   ├── SettingsError          nothing is configured where something is needed (no LM, no retriever)
│   ├── SignatureError         a signature that says nothing, or says it twice
│   ├── CheckError             a program cannot work with what it is given: carries the report
│   └── PromptTooLongError     a prompt that its LM's window cannot hold: says by how much
├── DataError                  a file of questions cannot be read: names the file and the record
├── ProgramError               a program broke while it ran: carries what it raised
├── ProgramFileError           a saved program cannot be loaded: says what differs
├── ParseError                 a completion that lacks a field: carries the raw completion and the field
├── LMError                    a language model did not answer
│   ├── LMAuthenticationError  no key, or one that the server refuses
│   ├── LMRequestError         the server refuses this request, and always will
│   ├── LMBudgetError          what may be spent is spent: nothing more was asked
│   ├── LMConnectionError      no server there, or the connection broke            (retryable)
│   │   └── LMCertificateError     the server's certificate cannot be trusted
│   ├── LMTimeoutError         the server took too long                           (retryable)
│   ├── LMRateLimitError       the server asks to wait                            (retryable)
│   ├── LMServerError          the server failed                                  (retryable)
│   └── LMResponseError        the server's answer is not one: carries what it said (retryable)
├── ConstraintError            what a program demands of itself does not hold: carries the past outputs
│   ├── FailedAssertionError   an Assert, after every backtrack
│   └── FailedSuggestionError  a Suggest, where its handler raises
├── ToolError                  a tool that a language model called failed
│   ├── ToolArgumentsError     it was called with arguments that it does not take
│   ├── ToolTimeoutError       it did not answer in time
│   └── CodeError              code that a model wrote was refused, failed or took too long
├── CacheError                 the cache cannot be opened or written
└── EvaluationError            too many examples failed: carries the failures

Every message says the rule, the value received and the remedy. `retryable` and `hint` live on the class:
code that retries matches no strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class DspError(Exception):
    """The root: catch this to catch all that `dsp` raises on purpose."""

    hint: str = ""
    retryable: bool = False


class InputError(DspError, ValueError):
    """What the caller gave cannot be used."""


class UnknownNameError(InputError):
    """No strategy of that kind goes by that name; the message offers the closest ones."""


class SettingsError(InputError):
    """Something is needed that was never configured."""

    hint = "configure it with dsp.configure(...), or for a block with dsp.context(...)"


class SignatureError(InputError):
    """A signature that cannot be used: no outputs, a duplicate, a reserved name."""


class CheckError(InputError):
    """What a program is to run with cannot work, known before anything was asked. Evidence: `report`, all problems."""

    hint = "look at .report; correct what it calls errors"

    def __init__(self, message: str, *, report: Any = None) -> None:
        super().__init__(message)
        self.report = report


class PromptTooLongError(InputError):
    """A prompt does not fit its LM's window, whatever may be dropped is dropped.

    Evidence: `tokens`, those of the shortest form; `room`, those that there is room for.
    """

    def __init__(self, message: str, *, tokens: int = 0, room: int = 0) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.room = room


class DataError(DspError):
    """A file of questions cannot be read."""


class ProgramError(DspError):
    """A program broke while it ran, by an error that is not one of these: the cause is chained."""


class ProgramFileError(DspError):
    """A saved program cannot be loaded."""


class ParseError(DspError):
    """A completion does not hold the fields that were asked for.

    Evidence: `completion`, the raw text; `field`, the first field missing or bad; `found`, the fields read.
    """

    hint = "look at .completion; a demo or a clearer instruction usually helps"

    def __init__(
        self, message: str, *, completion: str = "", field: str = "", found: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.completion = completion
        self.field = field
        self.found = dict(found or {})


class LMError(DspError):
    """A language model did not answer.

    Evidence: `model`; `evidence`, what the server said; `status`, its HTTP status, 0 where it gave none;
    `retry_after`, the seconds it asks to wait, where it says so; `attempts`, what came of each attempt where it
    was asked more than once.
    """

    attempts: tuple[str, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        model: str = "",
        evidence: str = "",
        status: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.model = model
        self.evidence = evidence
        self.status = status
        self.retry_after = retry_after


class LMAuthenticationError(LMError):
    """No key, or one that the server refuses."""

    hint = "set the provider's key in the environment"


class LMRequestError(LMError):
    """The server refuses this request and would refuse it again."""


class LMBudgetError(LMError):
    """A budget of calls, tokens, dollars or seconds is spent, so the model was not asked."""

    hint = "keep what was finished, or give a larger budget"


class LMConnectionError(LMError):
    """No server there, or the connection broke."""

    retryable = True
    hint = "check that the server runs and that the base URL is right"


class LMCertificateError(LMConnectionError):
    """The server's certificate cannot be trusted: asking again changes nothing."""

    retryable = False
    hint = "check the base URL, the clock, and the certificates of this machine"


class LMTimeoutError(LMError):
    """The server took too long."""

    retryable = True


class LMRateLimitError(LMError):
    """The server asks to wait. `retry_after` is in seconds where the server says it."""

    retryable = True


class LMServerError(LMError):
    """The server failed."""

    retryable = True


class LMResponseError(LMError):
    """The server's answer is not a completion: an error page, half a JSON object, no choices, nulls."""

    retryable = True


class ConstraintError(DspError, AssertionError):
    """A condition that a program states about itself does not hold, and asking again did not mend it.

    Evidence: `constraint`, what was checked (its name, or the place in the code); `feedback`, the message of the
    condition; `target`, the predictor at fault; `past_outputs`, what that predictor wrote, one mapping a try.
    """

    hint = (
        "look at .past_outputs; clearer feedback, more max_backtracks, or dsp.Suggest in place of dsp.Assert may help"
    )

    def __init__(
        self,
        message: str,
        *,
        constraint: str = "",
        feedback: str = "",
        target: str = "",
        past_outputs: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.feedback = feedback
        self.target = target
        self.past_outputs = [dict(outputs) for outputs in past_outputs]


class FailedAssertionError(ConstraintError):
    """An `Assert` does not hold."""


class FailedSuggestionError(ConstraintError):
    """A `Suggest` does not hold, and the program's handler lets no suggestion pass."""


class ToolError(DspError):
    """A tool that a language model called failed. Evidence: `tool`, its name."""

    def __init__(self, message: str, *, tool: str = "") -> None:
        super().__init__(message)
        self.tool = tool


class ToolArgumentsError(ToolError):
    """The tool does not take these arguments."""


class ToolTimeoutError(ToolError):
    """The tool did not answer in time."""


class CodeError(ToolError):
    """Code that a language model wrote was refused, failed, or took too long. Evidence: `code`."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message, tool="python")
        self.code = code


class CacheError(DspError):
    """The cache cannot be opened or written."""


class EvaluationError(DspError):
    """Too many examples failed for the score to mean anything. Evidence: `failures`, question and error."""

    def __init__(self, message: str, *, failures: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.failures = list(failures or [])
