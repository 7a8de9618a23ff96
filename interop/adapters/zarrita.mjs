// Adapter for zarrita.js: the same command line and report as the Python adapters (see common.py).
//
// Run as `node zarrita.mjs write|read CASEFILE DIR` with ZARR_INTEROP_NPM naming the folder whose
// node_modules holds zarrita and @zarrita/storage.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { pathToFileURL } from "node:url";

const MODULES = join(process.env.ZARR_INTEROP_NPM ?? ".", "node_modules");

function packageAt(name) {
	return JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf8"));
}

function load(name, entry) {
	const { import: file } = packageAt(name).exports[entry];
	return import(pathToFileURL(join(MODULES, name, file)));
}

const zarr = await load("zarrita", ".");
const { default: FileSystemStore } = await load("@zarrita/storage", "./fs");

const ARRAYS = {
	bool: Uint8Array,
	int8: Int8Array,
	uint8: Uint8Array,
	int16: Int16Array,
	uint16: Uint16Array,
	int32: Int32Array,
	uint32: Uint32Array,
	int64: BigInt64Array,
	uint64: BigUint64Array,
	float16: globalThis.Float16Array,
	float32: Float32Array,
	float64: Float64Array,
};
const NUMERIC = /^(bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128))$/;
const ENCODERS = new Set(["bytes", "transpose", "zstd", "blosc"]);
const V2_COMPRESSORS = new Set(["blosc", "lz4", "zstd", "gzip", "zlib"]);

// --- rules -----------------------------------------------------------------------------------------

function unsupported(task, direction) {
	if (task.arrays) {
		if (direction === "write" && task.format === 2) return "create() writes format 3 only";
		if (direction === "write" && task.consolidated) return "cannot consolidate";
		if (direction === "read" && !task.consolidated) return "cannot list a store";
		return null;
	}
	if (task.shape.includes(0)) return "bug: get() and set() throw on an array without elements";
	if (!NUMERIC.test(task.dtype)) return "strings, times and structs are not exercised here";
	if (!ARRAYS[task.dtype]) return `no ${task.dtype}${task.dtype === "float16" ? " in this version of node" : ""}`;
	const lost = direction === "write" || task.fill !== -(2 ** 63);
	if (/^u?int64$/.test(task.dtype) && Math.abs(task.fill) > Number.MAX_SAFE_INTEGER && lost) {
		return "parses JSON numbers as doubles, so that large fill values lose digits";
	}
	if (task.codecs?.filter(({ name }) => name === "transpose").length > 1) {
		return "bug: mixes up the axes of two transpositions in one chain";
	}
	return direction === "write" ? cannotWrite(task) : cannotRead(task);
}

function cannotWrite(task) {
	if (task.format === 2) return "create() writes format 3 only";
	const missing = task.codecs.find(({ name }) => !ENCODERS.has(name));
	if (missing) return `cannot encode ${missing.name}`;
	if (task.key_encoding.name !== "default") return "create() writes the default chunk key encoding only";
	if (Object.is(task.fill, -0)) return "bug: writes the fill value -0.0 as 0";
	return null;
}

function cannotRead(task) {
	if (task.format === 2) {
		const id = task.compressor?.id;
		return id && !V2_COMPRESSORS.has(id) ? `no compressor ${id}` : null;
	}
	const sharding = task.codecs.find(({ name }) => name === "sharding_indexed");
	if (!sharding) return null;
	if (task.codecs.length > 1) return "bug: ignores the codecs around sharding_indexed";
	const { index_location: location, codecs } = sharding.configuration;
	if (location === "start") return "bug: looks for the shard index at the end";
	if (codecs.some(({ name }) => name === "sharding_indexed")) return "no nested shards";
	return null;
}

// --- values ----------------------------------------------------------------------------------------

function bytesOf(task) {
	return Uint8Array.from(Buffer.from(task.data, "base64"));
}

function rowMajor(shape) {
	const stride = new Array(shape.length).fill(1);
	for (let d = shape.length - 2; d >= 0; d--) stride[d] = stride[d + 1] * shape[d + 1];
	return stride;
}

/** Copy a box of elements of `size` bytes between two strided byte arrays. */
function copy(shape, size, from, to) {
	const count = shape.reduce((a, b) => a * b, 1);
	const steps = rowMajor(shape);
	for (let n = 0; n < count; n++) {
		const index = steps.map((step, d) => Math.floor(n / step) % shape[d]);
		const at = (side) => (side.offset + index.reduce((sum, i, d) => sum + i * side.stride[d], 0)) * size;
		to.bytes.set(from.bytes.subarray(at(from), at(from) + size), at(to));
	}
}

/** The values of one box of the expected data, in the form that zarrita takes. */
function values(task, box) {
	const size = ARRAYS[task.dtype].BYTES_PER_ELEMENT;
	const shape = box.map(([start, stop]) => stop - start);
	const stride = rowMajor(task.shape);
	const offset = box.reduce((sum, [start], d) => sum + start * stride[d], 0);
	const bytes = new Uint8Array(size * shape.reduce((a, b) => a * b, 1));
	copy(shape, size, { bytes: bytesOf(task), stride, offset }, { bytes, stride: rowMajor(shape), offset: 0 });
	const Type = task.dtype === "bool" ? zarr.BoolArray : ARRAYS[task.dtype];
	return { data: new Type(bytes.buffer, 0, bytes.length / size), shape, stride: rowMajor(shape) };
}

function difference(task, found) {
	const size = ARRAYS[task.dtype].BYTES_PER_ELEMENT;
	const expected = bytesOf(task);
	const bytes = new Uint8Array(expected.length);
	if (task.shape.length === 0) {
		const scalar = typeof found === "boolean" ? Number(found) : found;
		bytes.set(new Uint8Array(new ARRAYS[task.dtype]([scalar]).buffer));
	} else {
		if (!isDeepStrictEqual(found.shape, task.shape)) return `shape ${found.shape}`;
		const { buffer, byteOffset, byteLength } = found.data;
		const source = { bytes: new Uint8Array(buffer, byteOffset, byteLength), stride: found.stride, offset: 0 };
		copy(task.shape, size, source, { bytes, stride: rowMajor(task.shape), offset: 0 });
	}
	const at = bytes.findIndex((byte, i) => byte !== expected[i]);
	if (at < 0) return null;
	const show = (all) => new ARRAYS[task.dtype](all.buffer)[Math.floor(at / size)];
	return `element ${Math.floor(at / size)} of ${task.shape} is ${show(bytes)}, expected ${show(expected)}`;
}

// --- writing and reading ---------------------------------------------------------------------------

function fillOf(task) {
	const special = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };
	return special[task.fill] ?? task.fill;
}

async function writeArray(task, location) {
	const array = await zarr.create(location, {
		shape: task.shape,
		chunkShape: task.chunks,
		dtype: task.dtype,
		codecs: task.codecs,
		fillValue: fillOf(task),
		chunkSeparator: task.key_encoding.configuration.separator,
		attributes: task.attributes,
	});
	for (const box of task.regions ?? [task.shape.map((length) => [0, length])]) {
		const part = values(task, box);
		if (box.length === 0) await zarr.set(array, null, part.data.get ? part.data.get(0) : part.data[0]);
		else await zarr.set(array, box.map(([start, stop]) => zarr.slice(start, stop)), part);
	}
}

async function write(task, folder) {
	mkdirSync(folder, { recursive: true });
	const root = zarr.root(new FileSystemStore(folder));
	if (task.arrays) {
		for (const [path, attributes] of Object.entries(task.groups)) {
			await zarr.create(root.resolve(path), { attributes });
		}
		for (const [path, array] of Object.entries(task.arrays)) await writeArray(array, root.resolve(path));
	} else {
		await zarr.create(root, { attributes: task.group_attributes });
		await writeArray(task, root.resolve("array"));
	}
	return ["array", "attributes", "group"];
}

async function readArray(task, array, parts) {
	// A mismatch of dtypes would go unseen in the bytes alone.
	const problems = [array.dtype === task.dtype ? null : `dtype ${array.dtype}`];
	problems.push(difference(task, await zarr.get(array)));
	if (parts.includes("attributes")) problems.push(attributes("the array", array.attrs, task.attributes));
	return problems;
}

function attributes(what, found, expected) {
	return isDeepStrictEqual(found, expected) ? null : `attributes of ${what} are ${JSON.stringify(found)}`;
}

async function readTree(task, store) {
	const format = `v${task.format}`;
	const consolidated = await zarr.withConsolidatedMetadata(store, { format });
	const root = zarr.root(consolidated);
	const found = { group: [], array: [] };
	for (const { path, kind } of consolidated.contents()) found[kind].push(path.slice(1));
	const wanted = { group: Object.keys(task.groups).sort(), array: Object.keys(task.arrays).sort() };
	found.group.sort();
	found.array.sort();
	if (!isDeepStrictEqual(found, wanted)) return [`found ${JSON.stringify(found)}`];
	const problems = [];
	for (const path of found.group) {
		const group = await zarr.open[format](root.resolve(path), { kind: "group" });
		problems.push(attributes(`/${path}`, group.attrs, task.groups[path]));
	}
	for (const path of found.array) {
		const array = await zarr.open[format](root.resolve(path), { kind: "array" });
		problems.push(...(await readArray(task.arrays[path], array, ["array", "attributes"])));
	}
	return problems;
}

async function read(task, folder) {
	const store = new FileSystemStore(folder);
	if (task.arrays) return readTree(task, store);
	const open = zarr.open[`v${task.format}`];
	const array = await open(zarr.root(store).resolve("array"), { kind: "array" });
	const problems = await readArray(task, array, task.parts);
	if (task.parts.includes("group")) {
		const group = await open(zarr.root(store), { kind: "group" });
		problems.push(attributes("the group", group.attrs, task.group_attributes));
	}
	return problems;
}

async function run(task, direction, folder) {
	const report = { name: task.name, status: "ok", message: "" };
	const reason = unsupported(task, direction);
	if (reason) return { ...report, status: "unsupported", message: reason };
	try {
		if (direction === "write") return { ...report, parts: await write(task, folder) };
		const problems = (await read(task, folder)).filter(Boolean);
		return problems.length ? { ...report, status: "fail", message: problems.join("; ") } : report;
	} catch (error) {
		const cause = error.cause ? ` (${error.cause})` : "";
		return { ...report, status: "fail", message: `${error}${cause}` };
	}
}

const [direction, casefile, folder] = process.argv.slice(2);
const cases = [];
for (const task of JSON.parse(readFileSync(casefile, "utf8"))) {
	cases.push(await run(task, direction, join(folder, `${task.name}.zarr`)));
}
const versions = { zarrita: packageAt("zarrita").version, node: process.version };
process.stdout.write(JSON.stringify({ versions, cases }));
