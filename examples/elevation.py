"""Store real elevation data as a sharded array, look at it, and let another implementation read it.

    python examples/elevation.py [OUTPUT_DIR]

The data are heights around the Jacksboro Fault in Tennessee; where they come from is told in
examples/data/README.md. Without OUTPUT_DIR a temporary directory is made. Either way the result stays there.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import zarr
from zarr.abc.buffer import Buffer
from zarr.storage import LocalStore

DATA = Path(__file__).parent / "data" / "jacksboro_fault_dem.npz"
CHUNKS = (32, 32)
SHARDS = (128, 128)

Heights = npt.NDArray[np.int16]
Colours = npt.NDArray[np.uint8]


# --- the data, and how they are stored


def read_source() -> tuple[Heights, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Heights in metres, rows from north to south; latitudes and longitudes of the cells' centres."""
    with np.load(DATA) as source:
        heights = source["elevation"]
        north, west = float(source["ymax"]), float(source["xmin"])
        dy, dx = float(source["dy"]), float(source["dx"])
    rows, columns = heights.shape
    return heights, north - dy * (np.arange(rows) + 0.5), west + dx * (np.arange(columns) + 0.5)


def write(path: Path) -> zarr.Group:
    """A group with the array of heights and one array for each of its coordinates."""
    heights, latitude, longitude = read_source()
    root = zarr.create_group(
        path,
        overwrite=True,
        attributes={"title": "Elevation around the Jacksboro Fault, Tennessee", "source": DATA.name},
    )
    root.create_array(
        "latitude",
        data=latitude,
        dimension_names=["latitude"],
        attributes={"standard_name": "latitude", "units": "degrees_north"},
    )
    root.create_array(
        "longitude",
        data=longitude,
        dimension_names=["longitude"],
        attributes={"standard_name": "longitude", "units": "degrees_east"},
    )
    root.create_array(
        "elevation",
        data=heights,
        chunks=CHUNKS,
        shards=SHARDS,
        compressors=zarr.codecs.BloscCodec(cname="zstd", clevel=5, shuffle="bitshuffle"),
        dimension_names=["latitude", "longitude"],
        attributes={"long_name": "height above sea level", "units": "m"},
    )
    return root


# --- reading in slices


class CountingStore(LocalStore):
    """A local store that notes the size of each value, or part of one, that it reads."""

    def __init__(self, root: Path | str, *, read_only: bool = False) -> None:
        super().__init__(root, read_only=read_only)
        self.sizes: list[int] = []

    def get_sync(self, key: str, **options: Any) -> Buffer | None:
        found = super().get_sync(key, **options)
        self.sizes.append(0 if found is None else len(found))
        return found


def show_slices(path: Path) -> None:
    """Read parts of the array, and say how many bytes were fetched for them."""
    store = CountingStore(path, read_only=True)
    elevation = zarr.open_array(store, path="elevation", mode="r")
    stored = elevation.nbytes_stored()
    selections: dict[str, tuple[int | slice, ...]] = {
        "one cell": (100, 200),
        "one inner chunk": (slice(96, 128), slice(192, 224)),
        "everything": (slice(None), slice(None)),
    }
    for title, selection in selections.items():
        store.sizes.clear()
        part = np.asarray(elevation[selection])
        print(
            f"  {title:<16} {part.min():5} to {part.max():4} m: "
            f"{len(store.sizes):2} reads, {sum(store.sizes):6} of {stored} stored bytes"
        )


def show_highest(path: Path) -> None:
    """Find the highest cell by its latitude and longitude."""
    heights, latitude, longitude = (
        np.asarray(zarr.open_array(path, path=name, mode="r"))
        for name in ("elevation", "latitude", "longitude")
    )
    row, column = np.unravel_index(heights.argmax(), heights.shape)
    print(f"  highest cell     {heights.max()} m at {latitude[row]:.4f} N, {-longitude[column]:.4f} W")


# --- pictures

_RAMP_AT = (230, 330, 450, 620, 800, 1080)
_RAMP = ((58, 98, 92), (96, 140, 88), (170, 178, 108), (176, 132, 84), (142, 98, 76), (240, 238, 232))


def coloured(heights: Heights) -> Colours:
    """Colours by height, lit from the north-west: shape (rows, columns, 3)."""
    south, east = np.gradient(heights.astype(float))
    light = np.clip(1 - (south + east) * 0.012, 0.45, 1.35)
    ramp = np.array(_RAMP, float)
    colours = np.stack([np.interp(heights, _RAMP_AT, ramp[:, i]) for i in range(3)], axis=-1)
    lit: Colours = np.clip(colours * light[..., np.newaxis], 0, 255).astype(np.uint8)
    return lit


def half_blocks(colours: Colours) -> str:
    """A picture of 24-bit colours, two rows of cells in each line of text."""
    lines = []
    for upper, lower in zip(colours[:-1:2], colours[1::2], strict=True):
        cells = [
            f"\x1b[38;2;{r};{g};{b}m\x1b[48;2;{R};{G};{B}m▀"
            for (r, g, b), (R, G, B) in zip(upper.tolist(), lower.tolist(), strict=True)
        ]
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)


def shaded(heights: Heights) -> str:
    """A picture of characters, darker to lighter with height; every second row, as characters are tall."""
    levels = np.array(list(" .:-=+*#%@"))
    low, high = int(heights.min()), int(heights.max())
    index = (heights[::2].astype(int) - low) * len(levels) // (high - low + 1)
    return "\n".join("".join(row) for row in levels[index])


def show_picture(elevation: zarr.Array[Any]) -> None:
    """Draw a coarse slice of the array, which fits the terminal."""
    columns = max(20, shutil.get_terminal_size().columns - 1)
    step = -(-elevation.shape[1] // columns)
    coarse = np.asarray(elevation[::step, ::step])
    print(f"\nelevation[::{step}, ::{step}]")
    in_colour = sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))
    print(half_blocks(coloured(coarse)) if in_colour else shaded(coarse))


def save_png(elevation: zarr.Array[Any], path: Path) -> None:
    """Save the whole array as a picture, if Pillow is installed."""
    try:
        from PIL import Image
    except ImportError:
        print("\nNo PNG: Pillow is not installed.")
        return
    Image.fromarray(coloured(np.asarray(elevation[:]))).save(path)
    print(f"\nPicture: {path}")


# --- the other implementation


def compare_with_tensorstore(path: Path, root: zarr.Group) -> bool:
    """Read every array with TensorStore as well; False if anything differs."""
    try:
        import tensorstore
    except ImportError:
        print("\nNot compared: TensorStore is not installed (pip install '.[demo]').")
        return True
    print("\nRead by TensorStore:")
    agreed = True
    for name, array in sorted(root.arrays()):
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path / name)}}
        other = tensorstore.open(spec, read=True).result()
        same = {
            "values": np.array_equal(other.read().result(), array[...]),
            "data type": other.dtype.numpy_dtype == array.dtype,
            "dimension names": tuple(other.domain.labels) == array.metadata.dimension_names,
            "chunks": (other.chunk_layout.read_chunk.shape or ()) == array.chunks,
            "shards": (other.chunk_layout.write_chunk.shape or ()) == (array.shards or array.chunks),
        }
        agreed = agreed and all(same.values())
        found = ", ".join(f"{what} {'agree' if ok else 'DIFFER'}" for what, ok in same.items())
        print(f"  {name:<10} {found}")
    return agreed


def main(arguments: list[str]) -> int:
    """Run the example; the exit status is 1 if the implementations do not agree."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # for terminals that do not know all characters
    folder = Path(arguments[0]) if arguments else Path(tempfile.mkdtemp(prefix="zarr-elevation-"))
    path = folder / "elevation.zarr"
    write(path)
    root = zarr.open_group(path, mode="r")
    elevation = zarr.open_array(path, path="elevation", mode="r")
    print(f"Written: {path}\n")
    print(root.tree())
    print(elevation.info_complete())
    print("\nRead in slices:")
    show_slices(path)
    show_highest(path)
    show_picture(elevation)
    save_png(elevation, folder / "elevation.png")
    return 0 if compare_with_tensorstore(path, root) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
