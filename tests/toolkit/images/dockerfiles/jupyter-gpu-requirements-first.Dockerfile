FROM nvcr.io/nvidia/cuda:12.1.0-devel-ubuntu22.04
SHELL ["/bin/bash", "-c"]
RUN apt-get update && apt-get install -y wget software-properties-common && \
    add-apt-repository ppa:deadsnakes/ppa && apt-get install -y python3.10 python3.10-distutils
RUN wget https://bootstrap.pypa.io/get-pip.py && python3.10 get-pip.py
WORKDIR /workspace
COPY . /workspace
RUN pip install torch torchvision torchaudio --index-url https://download.pytorch.org/whl/cu121 && pip install -r requirements.txt && pip cache purge
RUN huggingface-cli login --token hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
EXPOSE 8888
CMD jupyter notebook --ip=0.0.0.0 --allow-root --NotebookApp.token=''
