"""What a book holds of personal data is masked in every table and listed."""

from __future__ import annotations

from pfkit.conform.personal import kinds, mask


def test_the_detector_is_at_hand_where_files_are_read() -> None:
    assert kinds("joe@example.com") == ("e-mail",)
    assert mask("joe@example.com") == "[e-mail]"
