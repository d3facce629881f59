#!/bin/sh
# The main job on the data and weights of this repository: fine-tune, measure, detect, look.
#
#   examples/demo.sh [path of the needletail program]
set -eu
cd "$(dirname "$0")/.."
needletail=${1:-.build/release/needletail}
shapes=datasets/shapes

run() {
    printf '\n$ %s\n' "needletail $*"
    "$needletail" "$@"
}

# A run is never written over, so an earlier demonstration makes way.
rm -rf demo
mkdir demo

run train "$shapes/train.json" --validation "$shapes/validation.json" \
    --weights pretrained/yolox-nano-shapes.safetensors \
    --size 256 --batch 4 --learning-rate 0.01 --epochs 8 --output demo/run
run detect demo/run/best.safetensors "$shapes/images" --annotations "$shapes/test.json" --output demo/found
run evaluate "$shapes/test.json" demo/found/detections.json --images "$shapes/images" --report demo/report.html
run draw "$shapes/test.json" --limit 12 --output demo/annotated

cat <<'TEXT'

Look at
  demo/found/*.png            what the detector found in pictures that it had never seen
  demo/annotated/*.png        what is there to be found
  demo/report.html            the numbers above, with curves and the worst pictures
  demo/run/results.csv        losses and AP of every epoch
  demo/run/best.safetensors   the detector
TEXT
