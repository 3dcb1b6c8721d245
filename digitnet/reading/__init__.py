"""Reading: from a picture file to digits.

containers   files of pictures, opened with distrust; tags: what TIFF and EXIF say of them
pixels       of any kind as 8 bits, grey and maybe coloured; ground: under what is transparent
decode       what people have -> a Picture at its working size, upright
border       the page in it, without the table it lies on
ink          how much of it is on each pixel
inks         other answers to that; outlines, crossings: two of them
boxes        printed boxes, whose lines go
tracks       where level lines of ink go; rules: those that are printed, which go
components   what hangs together
piece        a part of the ink; scraps: pieces that are no writing; frame: those of the next field
lines        which pieces stand beside one another; cuts: where digits may touch
segments     lines of pieces, and all that these may be together
normalise    each as MNIST's images were made
resample     images at another size, for all of these
networks     what tells digits from what is none; geometry: the same from size and place
judge        which of all that may be is the reading of a line
digit        what a recogniser gives: digits, each with its place and probabilities
seen         the page, and what was found in one of its inks
whole        the lines of digits of a page; fine: of small ones; single: its only digit
recognise    a Picture -> lines of digits; steps: pictures of what was done
reading      read(): all of it, and the Reading that comes of it
labels       where the answers are written
annotate     the picture with boxes and answers drawn in

habits, synthesis and labelled make what the networks learn from (`make reader`).
"""
