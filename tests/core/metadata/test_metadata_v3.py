"""Documents of format 3 arrays: each member, layout byte for byte, forms of fill values; zarr v3, sections 2-7."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from metadata_documents import (
    ARRAY_V3,
    BYTES,
    CRC32C,
    GZIP,
    MISSING,
    changed,
    open_document,
    regular,
    sharding,
)

import zarr
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.chunk_key_encodings import DefaultChunkKeyEncoding, V2ChunkKeyEncoding
from zarr.core.metadata import ArrayV3Metadata
from zarr.errors import MetadataValidationError
from zarr.storage import MemoryStore


def stored(metadata: Any) -> bytes:
    """The bytes of the one document."""
    (data,) = metadata.to_buffer_dict(buffer_prototype).values()
    return data.to_bytes()


def written(**options: Any) -> bytes:
    """The document of a new array."""
    store = MemoryStore()
    zarr.create_array(store, **options)
    return store._store_dict["zarr.json"].to_bytes()


DEFAULT = """{
  "shape": [
    100,
    60
  ],
  "data_type": "float32",
  "chunk_grid": {
    "name": "regular",
    "configuration": {
      "chunk_shape": [
        10,
        20
      ]
    }
  },
  "chunk_key_encoding": {
    "name": "default",
    "configuration": {
      "separator": "/"
    }
  },
  "fill_value": "NaN",
  "codecs": [
    {
      "name": "bytes",
      "configuration": {
        "endian": "little"
      }
    },
    {
      "name": "zstd",
      "configuration": {
        "level": 0,
        "checksum": false
      }
    }
  ],
  "attributes": {
    "units": "K"
  },
  "dimension_names": [
    "t",
    "y"
  ],
  "zarr_format": 3,
  "node_type": "array",
  "storage_transformers": []
}"""

SHARDED = """{
  "shape": [
    100,
    60
  ],
  "data_type": "int16",
  "chunk_grid": {
    "name": "regular",
    "configuration": {
      "chunk_shape": [
        20,
        60
      ]
    }
  },
  "chunk_key_encoding": {
    "name": "default",
    "configuration": {
      "separator": "/"
    }
  },
  "fill_value": 0,
  "codecs": [
    {
      "name": "sharding_indexed",
      "configuration": {
        "chunk_shape": [
          10,
          20
        ],
        "codecs": [
          {
            "name": "bytes",
            "configuration": {
              "endian": "little"
            }
          },
          {
            "name": "zstd",
            "configuration": {
              "level": 0,
              "checksum": false
            }
          }
        ],
        "index_codecs": [
          {
            "name": "bytes",
            "configuration": {
              "endian": "little"
            }
          },
          {
            "name": "crc32c"
          }
        ],
        "index_location": "end"
      }
    }
  ],
  "attributes": {},
  "zarr_format": 3,
  "node_type": "array",
  "storage_transformers": []
}"""


class TestLayout:
    """Byte for byte what Zarr-Python 3.4.2 writes."""

    def test_default(self) -> None:
        data = written(
            shape=(100, 60),
            chunks=(10, 20),
            dtype="f4",
            fill_value=np.nan,
            attributes={"units": "K"},
            dimension_names=["t", "y"],
        )
        assert data.decode() == DEFAULT

    def test_shards(self) -> None:
        assert written(shape=(100, 60), shards=(20, 60), chunks=(10, 20), dtype="i2").decode() == SHARDED

    @pytest.mark.parametrize("text", [DEFAULT, SHARDED])
    def test_a_document_that_is_read_is_written_the_same(self, text: str) -> None:
        assert stored(ArrayV3Metadata.from_dict(json.loads(text))).decode() == text

    def test_escapes_and_indentation(self) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, attributes={"é": "\u2028"}))
        assert b'"\\u00e9": "\\u2028"' in stored(metadata)
        with zarr.config.set({"json_indent": None}):
            assert b"\n" not in stored(metadata)


class TestMembers:
    def test_all_of_them(self) -> None:
        metadata = ArrayV3Metadata.from_dict(ARRAY_V3)
        assert metadata.shape == (6, 4)
        assert metadata.dtype.to_native_dtype() == np.dtype("i2")
        assert metadata.chunk_grid.chunk_shape == metadata.chunks == (3, 2)
        assert metadata.chunk_key_encoding == DefaultChunkKeyEncoding(separator="/")
        assert metadata.fill_value == 0
        assert [type(codec).__name__ for codec in metadata.codecs] == ["BytesCodec", "GzipCodec"]
        assert metadata.attributes == {"units": "K"}
        assert metadata.dimension_names == ("y", None)
        assert (metadata.zarr_format, metadata.node_type, metadata.ndim) == (3, "array", 2)
        assert (metadata.storage_transformers, metadata.extra_fields, metadata.shards) == ((), {}, None)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *((n, v) for n in ("attributes", "storage_transformers") for v in (None, MISSING)),
            ("dimension_names", None),
            ("dimension_names", MISSING),
        ],
    )
    def test_what_may_be_null_or_missing(self, name: str, value: Any) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, **{name: value}))
        empty = {"attributes": {}, "storage_transformers": (), "dimension_names": None}
        assert getattr(metadata, name) == empty[name]
        assert ("dimension_names" in metadata.to_dict()) == (name != "dimension_names")

    @pytest.mark.parametrize("names", [["", ""], ["x", "x"], [None, None]])
    def test_dimension_names_may_repeat_and_be_empty(self, names: list[str | None]) -> None:
        assert ArrayV3Metadata.from_dict(changed(ARRAY_V3, dimension_names=names)).dimension_names == tuple(
            names
        )

    def test_no_dimensions(self) -> None:
        metadata = ArrayV3Metadata.from_dict(
            changed(ARRAY_V3, shape=[], chunk_grid=regular(), dimension_names=[])
        )
        assert (metadata.shape, metadata.chunks, metadata.ndim) == ((), (), 0)
        assert metadata.encode_chunk_key(()) == "c"

    @pytest.mark.parametrize("length", [0, 1, 2**62, 2**63, 2**64])
    def test_a_shape_has_no_limit(self, length: int) -> None:
        document = changed(ARRAY_V3, shape=[length, 4])
        assert json.loads(stored(ArrayV3Metadata.from_dict(document)))["shape"] == [length, 4]

    def test_a_codec_may_say_that_it_must_be_understood(self) -> None:
        codec = {**BYTES, "must_understand": True, "beside": 1}
        (parsed,) = ArrayV3Metadata.from_dict(changed(ARRAY_V3, codecs=[codec])).codecs
        assert parsed == BytesCodec(endian="little")

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("default", DefaultChunkKeyEncoding(separator="/")), ("v2", V2ChunkKeyEncoding(separator="."))],
    )
    @pytest.mark.parametrize("form", [lambda n: n, lambda n: {"name": n}])
    def test_short_forms_of_key_encodings(self, name: str, expected: Any, form: Any) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, chunk_key_encoding=form(name)))
        assert metadata.chunk_key_encoding == expected

    @pytest.mark.parametrize(
        "codecs", [["bytes"], ["bytes", "crc32c"], [{"name": "bytes"}, "crc32c"], [{"name": "bytes"}, CRC32C]]
    )
    def test_short_forms_of_codecs(self, codecs: list[Any]) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type="uint8", codecs=codecs))
        written_codecs = json.loads(stored(metadata))["codecs"]
        assert written_codecs == [{"name": "bytes"}, CRC32C][: len(codecs)]

    def test_short_forms_inside_shards(self) -> None:
        codec = sharding((1, 1), codecs=["bytes", "crc32c"])
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type="uint8", codecs=[codec]))
        assert [type(c).__name__ for c in metadata.inner_codecs] == ["BytesCodec", "Crc32cCodec"]
        assert (metadata.chunks, metadata.shards) == ((1, 1), (3, 2))

    def test_defaults_of_shards(self) -> None:
        codec = sharding((1, 1), codecs=MISSING, index_codecs=MISSING, index_location=MISSING)
        (parsed,) = ArrayV3Metadata.from_dict(changed(ARRAY_V3, codecs=[codec])).codecs
        assert parsed == ShardingCodec(chunk_shape=(1, 1))
        assert (
            parsed.to_dict()
            == ArrayV3Metadata.from_dict(changed(ARRAY_V3, codecs=[sharding((1, 1))])).codecs[0].to_dict()
        )

    def test_endian_is_left_out_where_elements_are_bytes(self) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type="int8", codecs=[BYTES, GZIP]))
        assert json.loads(stored(metadata))["codecs"][0] == {"name": "bytes"}


class TestUnknownMembers:
    IGNORABLE = {"must_understand": False, "x": [1, {"y": None}]}

    def test_kept_and_written_where_they_may_be_ignored(self) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, extra=self.IGNORABLE))
        assert metadata.extra_fields == {"extra": self.IGNORABLE}
        assert json.loads(stored(metadata)) == changed(ARRAY_V3, extra=self.IGNORABLE)
        assert stored(ArrayV3Metadata.from_dict(json.loads(stored(metadata)))) == stored(metadata)

    def test_kept_over_changes(self) -> None:
        metadata = ArrayV3Metadata.from_dict(changed(ARRAY_V3, extra=self.IGNORABLE))
        for after in (metadata.update_shape((1, 1)), metadata.update_attributes({"b": 2})):
            assert after.extra_fields == {"extra": self.IGNORABLE}
            assert after.dimension_names == ("y", None)

    @pytest.mark.parametrize(
        "value", [1, None, True, "x", [], {}, {"must_understand": True}, {"must_understand": 0}]
    )
    @pytest.mark.parametrize("name", ["extra", "consolidated_metadata"])
    def test_refused_else(self, name: str, value: Any) -> None:
        with pytest.raises(
            MetadataValidationError, match=f"^{name}: Got Zarr V3 array .* extra fields: \\['{name}'\\]"
        ):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, **{name: value}))


class TestStorageTransformers:
    @pytest.mark.parametrize("transformer", [{"name": "x"}, {"name": "x", "must_understand": False}])
    def test_an_array_that_has_any_is_not_opened(self, transformer: dict[str, Any]) -> None:
        document = changed(ARRAY_V3, storage_transformers=[transformer])
        with pytest.raises(ValueError, match=r"zarr\.json: storage_transformers: .*'x'.* not supported"):
            open_document("zarr.json", document)


# --- fill values

F4, F8 = struct.Struct(">f"), struct.Struct(">d")


def bits(value: Any) -> str:
    """The bit pattern of an element, in big endian hex."""
    array = np.asarray(value)
    return array.astype(array.dtype.newbyteorder(">")).tobytes().hex()


# data type, forms in JSON, bits of the value, form in which it is written
FILLS: list[tuple[str, list[Any], str, Any]] = [
    ("bool", [True, 1, "true"], "01", True),
    ("bool", [False, 0, "false"], "00", False),
    *((f"int{n}", [-(2 ** (n - 1))], f"{2 ** (n - 1):0{n // 4}x}", -(2 ** (n - 1))) for n in (8, 16, 32, 64)),
    *(
        (f"int{n}", [2 ** (n - 1) - 1], f"{2 ** (n - 1) - 1:0{n // 4}x}", 2 ** (n - 1) - 1)
        for n in (8, 16, 32, 64)
    ),
    *((f"uint{n}", [2**n - 1], "f" * (n // 4), 2**n - 1) for n in (8, 16, 32, 64)),
    ("int32", [10, 10.0, 1e1, "10"], "0000000a", 10),
    ("uint64", [2**53 + 1], "0020000000000001", 2**53 + 1),
    ("float16", [1, 1.0, "0x3c00"], "3c00", 1.0),
    ("float32", [1, 1.0, "0x3f800000", "1.0"], "3f800000", 1.0),
    ("float64", [1, 1.0, "0x3ff0000000000000"], "3ff0000000000000", 1.0),
    ("float64", [-0.0, "0x8000000000000000"], "8000000000000000", -0.0),
    ("float32", [0.1], "3dcccccd", 0.10000000149011612),
    ("float16", [0.1], "2e66", 0.0999755859375),
    ("float16", ["NaN", "0x7e00", "nan"], "7e00", "NaN"),
    ("float32", ["NaN", "0x7fc00000", "nan"], "7fc00000", "NaN"),
    ("float64", ["NaN", "0x7ff8000000000000"], "7ff8000000000000", "NaN"),
    ("float32", ["0x7fc00001"], "7fc00001", "0x7fc00001"),
    ("float64", ["0xfff8000000000000"], "fff8000000000000", "0xfff8000000000000"),
    ("float32", ["Infinity", "inf", "+Infinity", "Inf", 1e39], "7f800000", "Infinity"),
    ("float32", ["-Infinity", "-inf"], "ff800000", "-Infinity"),
    ("complex64", [[1, -2], [1.0, -2.0], ["1.0", "-2.0"]], "3f800000c0000000", (1.0, -2.0)),
    ("complex64", [["NaN", "-Infinity"]], "7fc00000ff800000", ("NaN", "-Infinity")),
    ("complex128", [[0.0, -0.0]], "00000000000000008000000000000000", (0.0, -0.0)),
    ("complex128", [["0x3ff0000000000000", 0]], "3ff00000000000000000000000000000", (1.0, 0.0)),
]


class TestFillValues:
    @pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
    @pytest.mark.parametrize(
        ("data_type", "given", "pattern", "form"), [(t, g, b, w) for t, given, b, w in FILLS for g in given]
    )
    def test_every_form_of_every_core_type(self, data_type: str, given: Any, pattern: str, form: Any) -> None:
        codecs = [{"name": "bytes"}] if data_type.endswith("8") and "int" in data_type else [BYTES]
        document = changed(ARRAY_V3, data_type=data_type, fill_value=given, codecs=codecs)
        metadata = ArrayV3Metadata.from_dict(document)
        assert bits(metadata.fill_value) == pattern
        again = json.loads(stored(metadata))
        expected = list(form) if isinstance(form, tuple) else form
        assert json.dumps(again["fill_value"]) == json.dumps(expected)
        assert bits(ArrayV3Metadata.from_dict(again).fill_value) == pattern

    def test_a_bare_nan_token_is_read(self) -> None:
        text = json.dumps(changed(ARRAY_V3, data_type="float32", fill_value=math.nan))
        assert '"fill_value": NaN' in text
        assert np.isnan(open_document("zarr.json", text.encode()).fill_value)

    @pytest.mark.parametrize("bad", ["0x7fc0", "0x7fc000000", "0xg", "", "many", [], {}])
    def test_a_malformed_float(self, bad: Any) -> None:
        with pytest.raises((ValueError, TypeError), match="^fill_value: "):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type="float32", fill_value=bad))

    @pytest.mark.parametrize("value", [1.5, 2**15, -(2**15) - 1, "x", [], {}, "NaN"])
    def test_what_is_no_int16(self, value: Any) -> None:
        with pytest.raises((ValueError, TypeError, OverflowError), match="^fill_value: "):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, fill_value=value))

    @pytest.mark.parametrize(
        "data_type",
        ["bool", "int8", "uint64", "float16", "float64", "complex64", "string"]
        + [{"name": "numpy.datetime64", "configuration": {"unit": "s", "scale_factor": 1}}],
    )
    def test_null_is_no_fill_value(self, data_type: Any) -> None:
        with pytest.raises((ValueError, TypeError), match="^fill_value: "):
            ArrayV3Metadata.from_dict(changed(ARRAY_V3, data_type=data_type, fill_value=None))


class TestValues:
    def test_metadata_are_equal_by_what_they_say(self) -> None:
        nan = changed(ARRAY_V3, data_type="float32", fill_value="NaN", attributes={"x": math.nan})
        assert ArrayV3Metadata.from_dict(nan) == ArrayV3Metadata.from_dict(json.loads(json.dumps(nan)))
        assert ArrayV3Metadata.from_dict(nan) != ArrayV3Metadata.from_dict(ARRAY_V3)
        assert ArrayV3Metadata.from_dict(nan) != 3

    def test_updates_leave_the_old_one_as_it_was(self) -> None:
        old = ArrayV3Metadata.from_dict(ARRAY_V3)
        assert old.update_shape((9, 9)).shape == (9, 9)
        assert old.update_attributes({"b": 1}).attributes == {"b": 1}
        assert old == ArrayV3Metadata.from_dict(ARRAY_V3)

    @pytest.mark.parametrize("bad", [{1: 2}, [], "x"])
    def test_attributes_are_an_object(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="^attributes: "):
            ArrayV3Metadata.from_dict(ARRAY_V3).update_attributes(bad)

    def test_a_resize_that_the_grid_cannot_follow(self) -> None:
        with pytest.raises(ValueError, match="same number of dimensions"):
            ArrayV3Metadata.from_dict(ARRAY_V3).update_shape((1,))


class TestRepair:
    """Lengths that older versions wrote; section 15."""

    @pytest.mark.parametrize(
        ("shape", "given", "expected", "warns"),
        [
            ([6, 4], [0, 2], (1, 2), True),
            ([6, 4], [False, 2], (1, 2), True),
            ([0, 4], [0, 2], (1, 2), False),
            ([6, 4], [True, 2], (1, 2), False),
            ([6, 4], [0, 0], (1, 1), True),
        ],
    )
    def test_chunk_lengths(self, shape: Any, given: Any, expected: Any, warns: bool) -> None:
        document = changed(ARRAY_V3, shape=shape, chunk_grid=regular(*given))
        if warns:
            with pytest.warns(zarr.errors.ZarrUserWarning, match="chunk_shape|chunk length"):
                assert ArrayV3Metadata.from_dict(document).chunks == expected
        else:
            assert ArrayV3Metadata.from_dict(document).chunks == expected

    def test_shards(self) -> None:
        document = changed(ARRAY_V3, chunk_grid=regular(0, 4), codecs=[sharding((3, True))])
        with pytest.warns(zarr.errors.ZarrUserWarning, match="axis 0"):
            metadata = ArrayV3Metadata.from_dict(document)
        assert (metadata.shards, metadata.chunks) == ((3, 4), (3, 1))

    def test_the_document_of_the_caller_stays(self) -> None:
        document = changed(ARRAY_V3, chunk_grid=regular(True, 2), codecs=[sharding((True, 1))])
        before = json.dumps(document)
        ArrayV3Metadata.from_dict(document)
        assert json.dumps(document) == before
