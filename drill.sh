#!/bin/bash
# drill.sh NAME: 'fault' and 'mend' are shell snippets in $F and $M ; waits
cd /tmp/srex/drill; . ./env; D=/tmp/srex/drill
n=$1; W=${W:-40}; L=${L:-25}; H=${H:-10}
(.venv/bin/python $D/watch.py $W > $D/w.$n &) ; (.venv/bin/python $D/load.py ${R:-20} $L $n > $D/l.$n 2>&1 &)
sleep 4; echo "fault at 4"; eval "$F"; sleep $H; .venv/bin/python -m streams status | grep -v healthy | sed -n 4,20p; echo "mend at $((4+H))+"; eval "$M"; sleep $((W-4-H)); cat $D/w.$n | cut -c1-230 | awk '$1>2'; cat $D/l.$n; .venv/bin/python $D/verify.py
