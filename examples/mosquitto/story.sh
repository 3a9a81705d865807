#!/bin/sh
# Readings by a client that knows nothing of Selvedge, and what the edge makes of them.
# Usage: story.sh [PORT]   (an edge listens there; default 1883)
set -eu
port="${1:-1883}"
at="-V mqttv5 -h 127.0.0.1 -p $port"

mosquitto_sub $at -t 'alerts/pump-7' -C 1 -W 15 &
alert=$!
mosquitto_sub $at -t 'commands/pump-7' -q 2 -C 1 -W 15 &
command=$!
sleep 1

mosquitto_pub $at -t sensors/pump-7/data -q 1 -m '{"temperature":71.5,"humidity":40}'
mosquitto_pub $at -t sensors/pump-7/data -q 1 -m '{"temperature":91.5,"humidity":40}'

wait "$alert"
wait "$command"
mosquitto_pub $at -t commands/pump-7/result -q 1 -m '{"status":"done","result":{"valve":"closed"}}'
