"""Reading: from a picture file to digits.

containers   files of pictures, opened with distrust; tags: what TIFF and EXIF say of them
pixels       of any kind as 8 bits, grey and maybe coloured; ground: under what is transparent
decode       what people have -> a Picture at its working size, upright
digit        what a recogniser gives: digits, each with its place and probabilities
recognise    a Picture -> lines of digits
reading      read(): all of it, and the Reading that comes of it
annotate     the picture with boxes and answers drawn in
"""
