FROM python:3.10-slim-bookworm
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
RUN python -c "import numpy as np; np.float = float; np.int = int"
RUN python <<EOF
import scipy.misc
scipy.misc.logsumexp = None
EOF
RUN python -c "import nltk; nltk.download('punkt')"
COPY app.py .
USER 1000
CMD ["python", "app.py"]
