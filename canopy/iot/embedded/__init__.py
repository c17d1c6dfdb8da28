"""The broker of a start without servers: amqtt in a process of its own.

It reads the same file of passwords as Mosquitto and keeps the same rule of topics, so that a
deployment can change to Mosquitto without new credentials. It knows MQTT 3.1.1 and keeps sessions
in memory: what it holds is lost when it ends.
"""
