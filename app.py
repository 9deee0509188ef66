"""The application object for `flask --app app` and `gunicorn app:app`; `python app.py` serves it."""

from wizard import create_app

if __name__ == "__main__":
    from wizard.cli import main

    main(["serve"])
else:
    app = create_app()
