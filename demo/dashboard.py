"""The dashboard of the demo home."""

DASHBOARD = """\
title: Front door
views:
  - title: Front door
    path: home
    type: sections
    max_columns: 3
    sections:
      - type: grid
        cards:
          - type: heading
            heading: The front door
            icon: mdi:doorbell-video
          - type: markdown
            content: >-
              A visitor stands at the door: press the bell and every open page of
              this Home Assistant rings. Answer, talk, and watch the loudspeaker at
              the door.
          - type: button
            entity: input_button.front_door_bell
            name: Press the bell
            icon: mdi:bell-ring
            show_state: false
            tap_action:
              action: perform-action
              perform_action: input_button.press
              target:
                entity_id: input_button.front_door_bell
          - type: gauge
            entity: sensor.loudspeaker_at_the_door
            name: Loudspeaker at the door
            min: 0
            max: 100
            needle: true
      - type: grid
        cards:
          - type: heading
            heading: Calls
            icon: mdi:phone
          - type: custom:mesh-call-card
      - type: grid
        cards:
          - type: heading
            heading: What automations see
            icon: mdi:robot
          - type: entities
            entities:
              - event.front_door_call
              - sensor.front_door_call_state
              - sensor.front_door_peer
              - switch.front_door_mute_microphone
              - switch.front_door_mute_camera
              - switch.front_door_do_not_disturb
              - select.front_door_auto_answer
              - button.front_door_hang_up
          - type: media-control
            entity: media_player.front_door_voice
          - type: history-graph
            hours_to_show: 1
            entities:
              - entity: sensor.front_door_call_state
              - entity: sensor.loudspeaker_at_the_door
"""
