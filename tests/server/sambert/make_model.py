"""Makes a model folder in ModelScope's format: SAM-BERT and HiFi-GAN of the true size with random weights, one speaker.

Runs in the environment that holds modelscope 1.2.1 and torch: python make_model.py FOLDER VOICE
"""

import json
import sys
import zipfile
from pathlib import Path

import torch
import yaml

PREDICTOR = {"filter_size": 41, "fsmn_num_layers": 3, "num_memory_units": 128, "ffn_inner_dim": 256, "dropout": 0.1,
             "shift": 0, "lstm_units": 128}  # fmt: skip
POSTNET = {"filter_size": 41, "fsmn_num_layers": 4, "num_memory_units": 256, "ffn_inner_dim": 512, "dropout": 0.1,
           "shift": 17, "lstm_units": 128}  # fmt: skip
STACK = {"num_heads": 8, "num_units": 128, "ffn_inner_dim": 1024, "dropout": 0.1, "attention_dropout": 0.1,
         "relu_dropout": 0.1}  # fmt: skip
ACOUSTIC = {
    "max_len": 800, "embedding_dim": 512, "encoder_num_layers": 8, "encoder_projection_units": 32,
    "speaker_units": 32, "emotion_units": 32, "dur_pred_prenet_units": [128, 128], "dur_pred_lstm_units": 128,
    "decoder_prenet_units": [256, 256], "decoder_num_layers": 12, "outputs_per_step": 3, "num_mels": 80,
    **{f"predictor_{name}": value for name, value in PREDICTOR.items()},
    **{f"postnet_{name}": value for name, value in POSTNET.items()},
    **{f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in STACK.items()},
}  # fmt: skip
VOCODER = {
    "in_channels": 80, "out_channels": 1, "channels": 256, "kernel_size": 7, "upsample_scales": [10, 5, 2, 2],
    "upsample_kernal_sizes": [20, 11, 4, 4], "resblock_kernel_sizes": [3, 7, 11],
    "resblock_dilations": [[1, 3, 5, 7]] * 3, "bias": True, "causal": True, "nonlinear_activation": "LeakyReLU",
    "nonlinear_activation_params": {"negative_slope": 0.1}, "use_weight_norm": True,
}  # fmt: skip
SCHEDULER = {"type": "NoamLR", "params": {"warmup_steps": 4000}}
LEARNING = {"optimizer": {"type": "Adam", "params": {}}, "scheduler": SCHEDULER}


def main(folder, voice):
    speaker = folder / "voices" / voice
    for name in ("am/ckpt", "voc/ckpt", "dict/PinYin"):
        (speaker / name).mkdir(parents=True)
    write_languages(speaker / "dict/PinYin")
    model = {"type": "sambert-hifigan", "lang_type": "pinyin", "sample_rate": 16000}
    about = {"framework": "pytorch", "task": "text-to-speech", "model": model}
    about["pipeline"] = {"type": "sambert-hifigan-tts"}
    (folder / "configuration.json").write_text(json.dumps(about))
    (folder / "voices/voices.json").write_text(json.dumps({"voices": [voice]}))
    with zipfile.ZipFile(folder / "resource.zip", "w") as file:
        file.writestr("resource/resource.txt", "stand-in")
    units = {"cleaners": "english_cleaners", "language": "PinYin", "speaker_list": "F7", "has_mask": True,
             "lfeat_type_list": "sy,tone,syllable_flag,word_segment,emo_category,speaker_category"}  # fmt: skip
    acoustic = {"model_type": "sambert", "Model": {"KanTtsSAMBERT": {"params": ACOUSTIC, **LEARNING}}}
    acoustic["linguistic_unit"] = units
    (speaker / "am/config.yaml").write_text(yaml.safe_dump(acoustic))
    vocoder = {"model_type": "hifigan", "Model": {"Generator": {"params": VOCODER, **LEARNING}}}
    (speaker / "voc/config.yaml").write_text(yaml.safe_dump(vocoder))
    (speaker / "audio_config.yaml").write_text(yaml.safe_dump({"audio_config": {"sampling_rate": 16000}}))
    return write_weights(speaker, acoustic)


def write_languages(folder):
    names = Path(__file__).with_name("phones.txt").read_text().split()
    space = "http://schemas.alibaba-inc.com/tts"
    phones = "".join(f"<phone><name>{name}</name></phone>" for name in names)
    (folder / "PhoneSet.xml").write_text(f'<phoneSet xmlns="{space}">{phones}</phoneSet>')
    (folder / "tonelist.txt").write_text("1\n2\n3\n4\n5\n\n")


def write_weights(speaker, acoustic):
    from modelscope.models.audio.tts.kantts import Generator, KanTtsLinguisticUnit
    from modelscope.models.audio.tts.kantts.models.sambert.kantts_sambert import KanTtsSAMBERT

    torch.manual_seed(0)
    sizes = KanTtsLinguisticUnit(acoustic, str(speaker / "dict")).get_unit_size()
    sambert = KanTtsSAMBERT({**ACOUSTIC, **sizes})
    # Durations come as logarithms: as chance has them, every sound would last one frame.
    with torch.no_grad():
        sambert.variance_adaptor.duration_predictor.fc.bias.fill_(2.3)
    hifigan = Generator(**VOCODER)
    torch.save({"model": sambert.state_dict()}, speaker / "am/ckpt/checkpoint_0.pth")
    torch.save({"model": {"generator": hifigan.state_dict()}}, speaker / "voc/ckpt/checkpoint_0.pth")
    return [sum(weights.numel() for weights in model.parameters()) for model in (sambert, hifigan)]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
