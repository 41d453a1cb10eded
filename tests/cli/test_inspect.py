import functools
import pathlib
import re
import subprocess

from conftest import PROGRAM, environment, run, run_in_terminal

UNSUPPORTED = pathlib.Path(__file__).parents[1] / "data" / "unsupported"


def rows(text):
    """The lines of the table, without its header."""
    lines = text.splitlines()
    return lines[next(i for i, line in enumerate(lines) if line.startswith("NAME")) + 1:]


def records(*arguments):
    """What `inspect` writes into a pipe: the fields of each line, none of which is missing."""
    result = run("inspect", *arguments)
    assert result.status == 0, result.err
    fields = [line.split("\t") for line in result.out.splitlines()]
    assert all(len(line) == 8 and all(line[1:]) for line in fields), result.out
    return fields


def record(*arguments, path):
    (found,) = [fields[1:] for fields in records(*arguments) if fields[0] == path]
    return found


def test_the_first_lines_say_what_the_file_is(sample):
    status, text = run_in_terminal("inspect", sample("transformer"), columns=120)
    assert status == 0
    head = text.split("\n\n")[0]
    assert head.startswith(str(sample("transformer")) + "\n")
    for fact in (r"2\.\d+ MiB of 3\.29 MiB \(\d\d\.\d %\)", r"1\.30 M parameters",
                 "330 tensors", "7 entries", "generation 1", "written by statestone"):
        assert re.search(fact, head), fact


def test_repeated_layers_are_shown_once(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=120)[1]
    assert re.search(r"├─ layers\.0\.\.23 +× 24 +2\.29 MiB +~1\.\d+ MiB +\d+ %", text)
    assert text.count("qkv.weight") == 1
    assert re.search(r"0\.\.11 +dict +× 12 ", text)
    assert re.search(r"exp_avg +float32 +various", text)


def test_all_unfolds_everything(sample):
    text = run_in_terminal("inspect", "--all", sample("transformer"), columns=120)[1]
    assert ".." not in text.split("tokenizer")[0].replace("...", "")
    assert text.count(" qkv") == 24 and text.count("exp_avg_sq") == 12


def test_depth_sums_up_what_lies_deeper(sample):
    text = run_in_terminal("inspect", "--depth", "1", sample("transformer"), columns=120)[1]
    assert "layers.0..23" in text and "qkv" not in text
    text = run_in_terminal("inspect", "--depth", "0", sample("transformer"), columns=120)[1]
    assert [row.split()[0] for row in rows(text)] == [
        "model", "optimizer", "epoch", "loss", "config", "rng", "tokenizer.json",
    ]


def test_tensors_have_their_type_shape_sizes_coding_and_flags(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=120)[1]
    line = next(line for line in text.splitlines() if "wpe.weight" in line)
    assert re.search(
        r"wpe\.weight +bfloat16 +512 × 64 +64\.0 KiB +\d\d\.\d KiB +\d\d % +planes +param$", line
    )
    line = next(line for line in text.splitlines() if "rotary" in line)
    assert line.endswith("buffer")


def test_a_tied_tensor_names_the_one_it_shares_bytes_with(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=120)[1]
    line = next(line for line in text.splitlines() if "lm_head.weight" in line)
    assert line.endswith("1000 × 64" + " " * (line.index("param") - line.index("64") - 2)
                         + "param = model/wte.weight")


def test_values_attachments_and_the_training_flag_are_shown(sample):
    text = run_in_terminal("inspect", sample("transformer"), columns=120)[1]
    assert re.search(r"^model +model .* train gpt-mini 2$", text, re.M)
    assert re.search(r"^epoch +int +12$", text, re.M)
    assert re.search(r"dropout +float +0\.1$", text, re.M)
    assert re.search(r"betas +tuple +\(0\.9, 0\.999\)$", text, re.M)
    assert re.search(r"^tokenizer\.json +attached +application/json +32 B ", text, re.M)


def test_every_kind_of_value_has_a_short_form(sample):
    shown = {fields[0]: fields[7] for fields in records(sample("values"))}
    assert shown["null"] == "null" and shown["flag"] == "true" and shown["small"] == "-3"
    assert shown["wide"] == str(2**64 - 1) and shown["huge"] == str(2**96)
    assert shown["nan"] == "nan" and shown["complex"] == "1.5 - 2.0i"
    assert shown["text"] == '"café"' and shown["bytes"] == "0001ff 3 bytes"
    assert shown["scalar"] == "0.5" and shown["many"].endswith("... 1000 items]")
    assert shown["keys"] == '{7: "seven", null: "none", (1, "b"): 2}'


def test_without_a_terminal_every_tensor_has_a_line_with_its_path(sample):
    paths = [fields[0] for fields in records(sample("transformer"))]
    assert len(paths) == len(set(paths))
    assert r"optimizer/state/\#3/exp_avg" in paths and "config/dropout" in paths
    tensors = run("inspect", "--json", sample("transformer")).json["tensors"]
    with_shape = [fields[0] for fields in records(sample("transformer")) if fields[2] != "-"]
    assert sorted(with_shape) == sorted(tensor["path"] for tensor in tensors)


def test_without_a_terminal_there_is_nothing_but_the_lines_of_what_is_in_the_file(sample):
    text = run("inspect", sample("transformer")).out
    assert text.startswith("model/wte.weight\t") and text.endswith("\n")
    assert not re.search("[├└│…×\033]", text)
    assert not any(line.startswith(("├", "|-", "`-", " ")) for line in text.splitlines())


def test_without_a_terminal_a_line_has_the_same_eight_fields_whatever_it_is_of(sample):
    shown = functools.partial(record, sample("transformer"))
    dtype, shape, size, stored, *rest = shown(path="model/wpe.weight")
    assert (dtype, shape, size) == ("bfloat16", "512x64", "65536")
    assert 0.5 * 65536 < int(stored) < 0.75 * 65536
    assert rest == ["planes", "param", "-"]
    assert shown(path="model/lm_head.weight") == [
        "bfloat16", "1000x64", "128000", "0", "planes", "param", "= model/wte.weight"]
    assert shown(path="config/dropout") == ["float", "-", "-", "-", "-", "-", "0.1"]
    assert shown(path="tokenizer.json")[0:3] == ["attached", "-", "32"]
    assert shown(path="tokenizer.json")[6] == "application/json"


def test_without_a_terminal_a_scalar_and_flags_are_one_word_each(sample):
    lines = records(sample("transformer"))
    assert all(" " not in field for fields in lines for field in fields[1:7])
    assert {"scalar"} <= {fields[2] for fields in lines if fields[0].endswith("/step")}


def test_cut_and_awk_see_the_fields(sample):
    line = (r""""$0" inspect "$1" | grep 'attn.qkv.weight' | cut -f 1,3 | head -n 1; """
            r""""$0" inspect "$1" | awk -F '\t' '{ sum += $5 } END { print sum }'""")
    shown = subprocess.run(["sh", "-c", line, PROGRAM, sample("transformer")],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    assert shown[0] == "model/layers.0.attn.qkv.weight\t192x64"
    assert 0.9 < int(shown[1]) / sample("transformer").stat().st_size <= 1


def test_without_a_terminal_depth_sums_up_what_lies_deeper(sample):
    lines = {fields[0]: fields[1:] for fields in records("--depth", "1", sample("transformer"))}
    assert lines["model/layers"][0] == "module" and "model/layers.0" not in lines
    assert int(lines["model/layers"][2]) == 24 * 99968
    assert [fields[0] for fields in records("--depth", "0", sample("transformer"))] == [
        "model", "optimizer", "epoch", "loss", "config", "rng", "tokenizer.json",
    ]


def test_without_a_terminal_it_is_the_same_whatever_the_environment(sample):
    texts = {run("inspect", sample("transformer"), env=environment(**changes)).out
             for changes in ({}, {"COLUMNS": "40"}, {"NO_COLOR": None}, {"TERM": "dumb"})}
    assert len(texts) == 1


def test_tree_and_list_can_be_asked_for(sample):
    assert "├─ wpe.weight" in run("inspect", "--tree", sample("transformer")).out
    text = run_in_terminal("inspect", "--list", sample("transformer"), columns=200)[1]
    assert re.search(r"^model/layers\.23\.mlp\.down\.bias +bfloat16 +64 ", text, re.M)
    text = run_in_terminal("inspect", "--list", "--depth", "1", sample("transformer"))[1]
    assert re.search(r"^model/layers +288 tensors ", text, re.M) and "model/layers." not in text
    assert run("inspect", "--tree", "--list", sample("values")).status == 2


def test_a_root_of_tensors_has_no_name_before_its_paths(sample):
    assert records(sample("conv_net"))[0][0] == "conv1.weight"
    assert "conv1.weight" in [fields[0] for fields in records("--depth", "1", sample("conv_net"))]
    text = run_in_terminal("inspect", sample("conv_net"))[1]
    assert rows(text)[0].startswith("conv1.weight ")
    assert any(row.startswith("layer1.0..2 ") for row in rows(text))


def test_a_path_shows_one_tensor_in_full(sample):
    status, text = run_in_terminal(
        "inspect", sample("transformer"), "model/lm_head.weight", columns=120
    )
    assert status == 0
    for fact in (r"^model/lm_head\.weight$", "dtype +bfloat16", r"shape +1000 × 64  \(64,000 elem",
                 "kind +parameter, requires a gradient", r"size +125 KiB \(128,000 bytes\)",
                 "tied to +model/wte.weight", r"storage +number 0, .*unit 2, rotated, byte planes",
                 "place +byte 0 of the storage", r"CHUNK +OFFSET +STORED +DECODED +STORED SUM",
                 r"^ +0 +64 +\d+ +128000  [0-9a-f]{16}  [0-9a-f]{16}$"):
        assert re.search(fact, text, re.M), (fact, text)


def test_a_path_shows_one_entry_module_or_value(sample):
    entry = run_in_terminal("inspect", sample("transformer"), "optimizer/param_groups")[1]
    assert rows(entry)[0].startswith("optimizer/param_groups ")
    module = run_in_terminal("inspect", sample("transformer"), "model/layers.3", columns=100)[1]
    assert re.search(r"model/layers\.3 +12 tensors", module)
    assert "layers.4" not in module
    key = records(sample("transformer"), r"optimizer/state/\#3")
    assert [fields[0] for fields in key] == [
        rf"optimizer/state/\#3/{name}" for name in ("step", "exp_avg", "exp_avg_sq")
    ]
    model = records(sample("transformer"), "model")
    assert [fields[0] for fields in model[:2]] == ["model/wte.weight", "model/wpe.weight"]


def test_a_path_of_a_model_shows_what_it_says_beside_its_tensors(sample):
    text = run_in_terminal("inspect", sample("transformer"), "model")[1]
    for fact in ("architecture  gpt-mini", "version +2", "training +train",
                 r'config +\{"width": 64, "layers": 24\}', r"layers\.0\.\.23 +× 24"):
        assert re.search(fact, text), (fact, text)


def test_json_has_the_whole_index(sample):
    result = run("inspect", "--json", sample("transformer"))
    assert result.status == 0
    index = result.json
    assert set(index) == {
        "path", "format_version", "file_bytes", "logical_bytes", "generation", "writer",
        "read_features", "write_features", "parameters", "elements", "storages", "chunks",
        "entries", "tensors",
    }
    assert index["file_bytes"] == sample("transformer").stat().st_size
    model = index["entries"][0]
    assert model["kind"] == "model" and model["model"]["training"] == "train"
    assert model["model"]["architecture"] == "gpt-mini"
    tensors = {tensor["path"]: tensor for tensor in index["tensors"]}
    assert len(tensors) == 330
    head = tensors["model/lm_head.weight"]
    assert head["tied_to"] == "model/wte.weight" and head["shape"] == [1000, 64]
    assert head["tie_group"] == tensors["model/wte.weight"]["tie_group"]
    assert set(head) == {
        "path", "name", "scope", "dtype", "shape", "strides", "elements", "bytes", "kind",
        "requires_grad", "stored_bytes", "stored_bytes_estimated", "coding", "storage", "offset",
        "tie_group", "tied_to",
    }


def test_json_of_values_keeps_their_kinds(sample):
    entries = run("inspect", "--json", sample("values")).json["entries"]
    values = {entry["name"]: entry["value"] for entry in entries}
    assert values["small"] == {"kind": "int64", "value": -3}
    assert values["huge"] == {"kind": "big_int", "value": str(2**96)}
    assert values["nan"] == {"kind": "float64", "value": "nan"}
    assert values["bytes"] == {"kind": "bytes", "bytes": 3, "hex": "0001ff"}
    assert values["text"]["value"] == "café"
    assert [key["kind"] for key in values["keys"]["keys"]] == ["int64", "null", "tuple"]
    assert len(values["many"]["items"]) == 1000


def test_json_of_a_path_has_its_chunks_or_its_tensors(sample):
    tensor = run("inspect", "--json", sample("transformer"), "model/wpe.weight").json["tensor"]
    assert tensor["storage"]["filter"] == "rotate" and tensor["storage"]["unit"] == 2
    assert [chunk["decoded_bytes"] for chunk in tensor["chunks"]] == [65536]
    module = run("inspect", "--json", sample("transformer"), "model/layers.3").json
    assert len(module["tensors"]) == 12
    entry = run("inspect", "--json", sample("transformer"), "epoch").json
    assert entry["entry"]["value"] == {"kind": "int64", "value": 12}


def test_json_is_ascii_so_that_no_terminal_acts_on_it(sample):
    result = run("inspect", "--json", sample("hostile"))
    assert all(" " <= c <= "~" or c == "\n" for c in result.out)
    names = [tensor["name"] for tensor in result.json["tensors"]]
    assert "\033[31mred\033[0m" in names and "rtl\u202egnp" in names and "\x7f" in names


def test_names_from_a_file_never_reach_the_terminal_as_they_are(sample):
    texts = [run("inspect", sample("hostile")).out]
    assert len(records(sample("hostile"))) == texts[0].count("\n")
    for arguments in ((), ("--all",), ("--list",), ("--tree",)):
        status, text = run_in_terminal(
            "inspect", *arguments, sample("hostile"), columns=200
        )
        assert status == 0
        texts.append(text)
    for text in texts:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert r"\x1b[31mred\x1b[0m" in text and r"\u{202e}" in text and r"\x7f" in text


def test_a_hostile_name_can_be_asked_for_as_it_is_shown(sample):
    path = r"m\x1b[2J/line\x0afeed"
    result = run("inspect", sample("hostile"), path)
    assert result.status == 0 and result.out.startswith(path + "\n")


def test_what_a_newer_version_wrote_is_listed():
    for name, text in (("entry_kind_3", "written by a newer version"),
                       ("value_kind_23", "written by a newer version"),
                       ("foreign_dtype_200", "posit32"), ("filter_2", "unknown")):
        result = run("inspect", UNSUPPORTED / f"{name}.stone")
        assert result.status == 0 and text in result.out, (name, result.out)
        assert run("inspect", "--json", UNSUPPORTED / f"{name}.stone").status == 0
    text = run("inspect", "--tree", UNSUPPORTED / "write_feature.stone").out
    assert "write feature " in text


def test_an_empty_file_has_no_table(sample):
    result = run("inspect", "--tree", sample("empty"))
    assert result.status == 0 and "0 entries" in result.out and "NAME" not in result.out
    assert records(sample("empty")) == []


def test_a_hundred_thousand_tensors_fold_into_a_few_lines(sample):

    status, text = run_in_terminal("inspect", sample("many"))
    assert status == 0
    assert re.search(r"blocks\.0\.\.24999 +× 25,000", text)
    assert len(text.splitlines()) < 12
    assert len(records(sample("many"))) == 100_000
