#!/bin/sh
# Makes the inputs that fuzzing begins with: what our own program writes, and fixtures of the tests that are small.
#
#     swift build --product needletail
#     Tests/Fuzz/corpus.sh .build/debug/needletail
set -eu
program=$(realpath "$1")
cd "$(dirname "$0")"
rm -rf corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
take() {
    to=corpus/$1
    shift
    mkdir -p "$to"
    # Of two files with one name both are taken.
    for file; do
        name=$(basename "$file")
        while [ -e "$to/$name" ]; do name=_$name; done
        cp "$file" "$to/$name"
    done
}

# Pictures.
fixtures=../ImagesTests/Fixtures
take png $fixtures/bilevel.png $fixtures/gray-alpha.png $fixtures/gray.png $fixtures/orientation-6.png
take jpeg $fixtures/baseline-420.jpg $fixtures/gray-progressive.jpg $fixtures/cmyk.jpg $fixtures/orientation-6.jpg
mkdir -p corpus/exif corpus/other-pictures
printf 'II*\0\010\0\0\0\001\0\022\001\003\0\001\0\0\0\006\0\0\0\0\0\0\0' > corpus/exif/little
printf 'MM\0*\0\0\0\010\0\001\001\022\0\003\0\0\0\001\0\003\0\0\0\0\0\0' > corpus/exif/big
printf 'BM\0\0\0\0\0\0\0\0\066\0\0\0\050\0\0\0\144\0\0\0\120\0\0\0\001\0\030\0\0\0\0\0' > corpus/other-pictures/bmp
printf 'GIF89a\144\0\120\0\0\0\0' > corpus/other-pictures/gif
printf 'RIFF\030\0\0\0WEBPVP8X\012\0\0\0\0\0\0\0\143\0\0\117\0\0' > corpus/other-pictures/webp
printf 'II*\0\010\0\0\0\002\0\0\001\003\0\001\0\0\0\144\0\0\0\001\001\003\0\001\0\0\0\120\0\0\0\0\0\0\0' > corpus/other-pictures/tiff
printf '\0\0\0\030ftypheic\0\0\0\0heicmif1\0\0\0\050meta\0\0\0\0\0\0\0\034iprp\0\0\0\024ispe\0\0\0\0\0\0\0\144\0\0\0\120' > corpus/other-pictures/heif

# Datasets: one of two images with all that annotations can be.
cat > "$work/a.json" <<'JSON'
{"info":{"year":2024},"images":[{"id":7,"width":100,"height":80,"file_name":"a.png"},
{"id":8,"width":64,"height":48,"file_name":"sub/b.png"}],
"categories":[{"id":3,"name":"cat"},{"id":5,"name":"dog","keypoints":["x","y"],"skeleton":[[1,2]]}],"annotations":[
{"id":11,"image_id":7,"category_id":3,"bbox":[10.5,20.25,30,33],"area":990,"iscrowd":0,"score":0.5,
"segmentation":[[10.5,20.25,40.5,20.25,40.5,53.25,10.5,53.25]]},
{"id":12,"image_id":7,"category_id":5,"bbox":[1,2,13,14],"area":182,"iscrowd":0,"score":1,"keypoints":[3,4,2,5,6,1],
"num_keypoints":2},
{"id":13,"image_id":8,"category_id":5,"bbox":[4,6,22,24],"area":528,"iscrowd":1,"score":0.25,
"segmentation":{"size":[48,64],"counts":[294,24,24,24,2706]}}]}
JSON
take coco "$work/a.json"
for format in coco-results createml csv retinanet cvat labelstudio via bdd100k crowdhuman makesense sagemaker vott; do
    case $format in csv | retinanet | makesense) ending=csv ;; cvat) ending=xml ;; *) ending=json ;; esac
    "$program" convert "$work/a.json" "$work/$format/a.$ending" --to $format --quiet 2> /dev/null
    take $format "$work/$format/a.$ending"
done
for format in voc yolo darknet labelme openimages kitti datumaro dota fiftyone huggingface keras-yolo3 supervisely tfrecord \
    yolo-obb; do
    "$program" convert "$work/a.json" "$work/$format" --to $format --quiet 2> /dev/null
done
"$program" convert "$work/a.json" "$work/polygons" --to yolo --polygons --quiet 2> /dev/null
take voc "$work/voc/Annotations/a.xml"
take yolo "$work/yolo/dataset.yaml" "$work/polygons/labels/train/a.txt"
take darknet "$work/darknet/obj.data" "$work/darknet/train.txt"
take labelme "$work/labelme/a.json"
for table in "$work"/openimages/*.csv; do take openimages "$table"; done
take kitti "$work/kitti/label_2/a.txt"
take datumaro "$work/datumaro/annotations/train.json"
take dota "$work/dota/labelTxt/a.txt"
take fiftyone "$work/fiftyone/labels.json"
take huggingface "$work/huggingface/train/metadata.jsonl"
take keras-yolo3 "$work/keras-yolo3/train.txt"
take supervisely "$work/supervisely/train/ann/a.png.json"
take tfrecord "$work/tfrecord/train.tfrecord"
take yolo-obb "$work/yolo-obb/dataset.yaml" "$work/yolo-obb/labels/train/a.txt"
mkdir -p corpus/labelbox corpus/mot corpus/panoptic corpus/visdrone corpus/widerface
printf '1,1,9,20,30,40,1,1,0.9\n1,7,50,60,10,10,0,3,1\n' > corpus/mot/gt.txt
printf '10,20,30,40,1,4,0,1\n0,0,5,6,0,0,0,0\n' > corpus/visdrone/a.txt
printf '0--Parade/a.jpg\n1\n44 33 12 14 0 0 0 0 0 0\nb.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n' > corpus/widerface/a.txt
cat > corpus/labelbox/a.ndjson <<'JSON'
{"data_row":{"id":"c1","external_id":"a.png"},"media_attributes":{"height":80,"width":100},"projects":{"p":{"labels":[{"annotations":{"objects":[{"name":"cat","bounding_box":{"top":20,"left":10,"height":40,"width":30}},{"name":"dog","polygon":[{"x":0,"y":0},{"x":8,"y":0},{"x":8,"y":4}]}]}}]}}}
JSON
cat > corpus/panoptic/a.json <<'JSON'
{"images":[{"id":7,"width":100,"height":80,"file_name":"a.jpg"}],"categories":[{"id":3,"name":"cat","isthing":1}],
"annotations":[{"image_id":7,"file_name":"a.png","segments_info":[{"id":1,"category_id":3,"iscrowd":0,"bbox":[10,20,30,40],"area":900}]}]}
JSON
mkdir -p corpus/panoptic-outlines
printf '\007\001\001\001\002\002\0\0\0\001\0\001\002\0\0\0\001\001\001\003\003\003\004\004\0\003\0\003\004\0\0\003\003\003' \
    > corpus/panoptic-outlines/holes
printf '\003\001\002\001\002\001\002\001\002\001\002\001\002\003\004\003' > corpus/panoptic-outlines/corners
take sidecar "$work/csv/a.csv.needletail"
take any-dataset "$work/a.json" "$work/csv/a.csv" "$work/cvat/a.xml" "$work/via/a.json" "$work/yolo/dataset.yaml"

# Texts.
take json "$work/a.json" "$work/via/a.json"
take xml "$work/cvat/a.xml" "$work/voc/Annotations/a.xml"
take yaml "$work/yolo/dataset.yaml"
take table "$work/csv/a.csv" "$work/retinanet/a.csv"
mkdir -p corpus/expression corpus/mapping corpus/policy corpus/recipe corpus/network-text corpus/options
printf 'path: ../a\ntrain: [images/train, b]\nnames: {0: cat, 1: "d\\u00e9g"} # two\nnc: 2\nlist:\n  - 1\n  - a: b\n' > corpus/yaml/flow
printf 'area > 1000 and class in ("dog", "cat") or not width / 2 <= 3 * (height - 1)' > corpus/expression/a
printf 'class like "*o?" and x + y != -1.5e3' > corpus/expression/b
printf 'cat = dog\n# gone\ndog =\n' > corpus/mapping/lines
printf '{"cat": "dog", "dog": null}' > corpus/mapping/json
printf 'flip-horizontal p=0.5\nsaturation p=0.5 factor=0.8..1.2\none-of {\n  blur deviation=1..2\n  noise deviation=5\n}\nmosaic p=0.3\n' > corpus/policy/a
printf 'crop x=1 y=1 width=4 height=3; flip-horizontal; saturation factor=1.2' > corpus/recipe/a
printf 'quarter-turns count=1; blur deviation=1; grey' > corpus/recipe/b
printf 'input 16 channels=3; conv 8 kernel=3 stride=2 padding=same; relu; max-pool 2; conv 8 kernel=3 groups=4; linear 10' > corpus/network-text/a

# Command lines, an argument a line.
number=0
while read -r line; do
    number=$((number + 1))
    printf '%s\n' "$line" | tr ' ' '\n' > corpus/options/$number
done <<'LINES'
convert a.json b --to yolo --split train --images i --copy-images --polygons --voc-origin inclusive-1 --class-attribute kind
convert a.csv b.json --from csv --columns filename=file,class=label --verify --overwrite
check a.json b.json --images i --fix c.json --only box-tiny,image-missing --strict --json
split a.json parts --parts train=0.7,val=0.2,test=0.1 --seed 3 --copy-images
split a.json parts --folds 5 --group-pattern (.*)_.* --pixels --stratify
filter a.json b.json --class cat --not-class dog --where area>10 --sample 20% --seed 1 --min-area 4 --max-area 1e5
filter a.json b.json --images-where width>10 --sample 100 --min-side 2.5
remap a.json b.json --rename cat=dog --join a,b=c --drop fish --ids-from 0
tile a.json b --size 640x480 --overlap 0.2 --images i --min-visible 0.3 --quality 90
augment a.json b --policy flip-horizontal;blur --images i --epochs 1..3 --count 2 --size 64
train a.json --validation b.json --weights w.pth --output r --epochs 3 --batch 8 --size 416 --budget 1h30m --preset fast
train a.json --output r --model retinanet-resnet18 --aspect-ratios 0.5,1,2 --anchor-size 32 --learning-rate 0.01 --clip 10
train a.json --output r --optimizer adamw --schedule cosine --average 0.99 --save-every 5m --repeat-rare 0.001 --cache 2G
classify train a --output r --layers conv;relu;linear --hold-out 0.2 --size 28x28 --normalize imagenet --pictures 1..20
classify predict w.safetensors a --top 3 --margin 0.1 --csv c.csv --sheet s.png
tune a.json --validation b.json --output t --budget 20m --presets tiny,fast --learning-rates 0.01,0.02 --optimizers sgd,adamw
evaluate a.json b.json --metric coco --iou-thresholds 0.5,0.75 --area-ranges 0..32,32..96 --max-detections 100 --json
detect w.safetensors a --output b --only cat,dog --threshold 0.3 --tiles 640 --tile-overlap 0.2 --threads 2 --to coco
draw a.json --images i --output b --threshold 0.5 --limit 10
export w.safetensors a.onnx --layout nms --opset 17 --input 320x416 --half --dynamic
summary resnet18 --input 224x224 --classes 10 --samples 10 --speed 1e9 --operators
inspect maps w.safetensors a.png --node layer1.0.conv1 --output b.png
weights fetch resnet18-imagenet-v1 --output w
data fetch bccd --output d
LINES

# Archives and MNIST's files.
archives=../ArchivesTests/Fixtures
take zip $archives/deflated.zip $archives/links.zip $archives/climbing.zip $archives/hidden-climbing.zip
gzip -dc $archives/members.tar.gz > "$work/members.tar"
take tar "$work/members.tar"
take gzip $archives/members.tar.gz $archives/set.tar.gz
mkdir -p corpus/idx
printf '\0\0\010\003\0\0\0\002\0\0\0\002\0\0\0\003abcdefghijkl' > corpus/idx/a

# Weights and networks.
weights=../CheckpointsTests/Fixtures
take safetensors $weights/everything.safetensors
take pytorch $weights/everything.pth $weights/everything-legacy.pth $weights/zip64.pth $weights/python2-legacy.pth \
    $weights/numpy-scalar.pth $weights/refused-command.pth
for file in $(find ../ONNXTests/Fixtures -name '*.onnx' -size -3k | sort | head -n 28); do take onnx "$file"; done
mkdir -p "$work/classes/a" "$work/classes/b"
cp $fixtures/orientation-[123].jpg "$work/classes/a"
cp $fixtures/orientation-[456].jpg "$work/classes/b"
"$program" classify train "$work/classes" --layers 'input 4; conv 2 kernel=3; relu; linear 2' --epochs 1 --hold-out 0.34 \
    --no-check --quiet --output "$work/run" > /dev/null 2>&1
take classifier "$work/run/last.safetensors"
mkdir -p corpus/detector-configuration corpus/classifier-configuration
configuration() { python3 -c '
import json, sys
file = open(sys.argv[1], "rb")
head = json.loads(file.read(int.from_bytes(file.read(8), "little")))["__metadata__"]
sys.stdout.write(head[sys.argv[2]])' "$1" "$2"; }
cat > corpus/detector-configuration/retinanet <<'JSON'
{"categories":[{"column":1,"id":7,"name":"cat"},{"column":2,"id":9,"name":"dog"}],"network":{"anchors":{"aspectRatios":
[0.5,1,2],"sizes":[[24,30,38],[48,60,76],[96,120,152],[192,241,304],[384,483,609]]},"backbone":"resnet10-quarter",
"channels":32,"classCount":3,"headDepth":1,"normalization":"frozen","normalizationEpsilon":1e-05,"version":2},
"postProcessing":{"candidatesPerLevel":1000,"detectionsPerImage":300,"overlapThreshold":0.5,"scoreThreshold":0.05},
"transform":{"deviation":[0.229,0.224,0.225],"divisor":32,"maximumSize":1333,"mean":[0.485,0.456,0.406],"minimumSize":192}}
JSON
configuration ../../pretrained/yolox-nano-shapes.safetensors needletail.detector > corpus/detector-configuration/yolox
# Of detectors the headers alone: the numbers behind them are made up when they are read.
header() { python3 -c '
import sys
file = open(sys.argv[1], "rb")
sys.stdout.buffer.write(file.read(int.from_bytes(file.read(8), "little")))' "$1"; }
mkdir -p corpus/detector corpus/safetensors-header
"$program" train ../../datasets/shapes/validation.json --images ../../datasets/shapes/images \
    --model retinanet-v2-resnet10-quarter --channels 32 --head-depth 1 --size 64 --epochs 1 --batch 8 --no-check --quiet \
    --output "$work/retinanet" > /dev/null 2>&1
header "$work/retinanet/last.safetensors" > corpus/detector/retinanet
header ../../pretrained/yolox-nano-shapes.safetensors > corpus/detector/yolox
header $weights/everything.safetensors > corpus/safetensors-header/everything
header "$work/run/last.safetensors" > corpus/safetensors-header/classifier
configuration "$work/run/last.safetensors" needletail.classifier > corpus/classifier-configuration/words

# What verbs read of their own earlier work.
mkdir -p corpus/run-state corpus/run-log corpus/run-configuration corpus/journal corpus/class-names
# They say how the program was called, which is the same on every machine.
ln -s "$program" "$work/needletail"
(cd "$work" && ./needletail classify train classes --layers 'input 4; conv 2 kernel=3; relu; linear 2' --normalize imagenet \
    --epochs 1 --no-check --quiet --output resumed > /dev/null 2>&1)
header "$work/resumed/state.safetensors" > corpus/run-state/a
cp "$work/resumed/log.jsonl" corpus/run-log/finished
head -n 2 "$work/resumed/log.jsonl" > corpus/run-log/begun
cp "$work/resumed/configuration.json" corpus/run-configuration/a
# A watched folder is looked through for ever: the journal stays when the program is killed.
mkdir -p "$work/watched"
cp $(ls ../../datasets/shapes/images/*.jpg | head -n 3) "$work/watched"
"$program" detect ../../pretrained/yolox-nano-shapes.safetensors "$work/watched" --watch --output "$work/found" --quiet \
    > /dev/null 2>&1 &
for second in 1 2 3 4 5 6 7 8 9; do
    sleep 1
    [ "$(cat "$work/found/.detections.journal.part" 2> /dev/null | wc -l)" -lt 7 ] || break
done
kill -KILL $!
sed 's:"[^" ]*/\(yolox[^ "]*\):"/\1:' "$work/found/.detections.journal.part" > corpus/journal/a
printf "{0: 'cat', 1: 'd\\\\u00e9g'}" > corpus/class-names/python
printf '{"names": ["cat", {"id": 1, "name": "dog"}]}' > corpus/class-names/json
printf 'traffic_light dog' > corpus/class-names/spaces
printf 'cat\ndog\n' > corpus/class-names/lines
"$program" export "$work/resumed/last.safetensors" "$work/words.onnx" --layout raw --quiet > /dev/null 2>&1
take onnx-weights "$work/words.onnx"
for file in ../ONNXTests/Fixtures/Operators/conv.onnx ../ONNXTests/Fixtures/Operators/instance-norm.onnx; do
    take onnx-weights "$file"
done
du -sh corpus
